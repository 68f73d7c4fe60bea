"""Print, as a table, how the accuracy of a classifier falls with the quality score of the faces it reads.

    .venv/bin/python scripts/quality_table.py faces/val.coco.json [DETECTOR] [CLASSIFIER]

Every face of the COCO set whose category is an expression is read as it is and made worse by blur, gain and
size; boxes and points are the detector's, found in the picture as it is.
"""

import itertools
import sys
from collections.abc import Iterator

import numpy as np

from mien import geometry, prepare, registry
from mien.artifact import CropSpec
from mien.classifiers.base import Classifier
from mien.detectors.base import Detector
from mien.evaluation import corruptions
from mien.measures.quality import quality
from mien.scenes.base import Scene
from mien.scenes.coco import Coco
from mien.types import Box, Detection, Floats, Image

WORSE = (
    [(corruptions.blur, share) for share in (0.01, 0.02, 0.04, 0.06, 0.09)]
    + [(corruptions.gain, factor) for factor in (0.5, 0.25, 0.12, 0.06, 1.6, 2.5, 4.0)]
    + [(corruptions.to_height, height) for height in (64, 48, 32, 24, 16, 12, 8)]
)
EDGES = (0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1)


def main() -> None:
    path, detector_name, classifier_name = (*sys.argv[1:], *("yunet", "mini_xception")[len(sys.argv) - 2 :])
    detector = registry.load("detectors", detector_name)
    classifier = registry.load("classifiers", classifier_name)
    scenes = Coco(path).load().scenes
    rows = np.array([row for scene in scenes for row in readings(scene, detector, classifier)])
    print("| quality | faces | accuracy |\n|---|---|---|")
    for low, high in itertools.pairwise(EDGES):
        inside = rows[(rows[:, 0] >= low) & ((rows[:, 0] < high) | (high == 1)), 1]
        print(f"| {low:.2f} to {high:.2f} | {len(inside)} | {inside.mean():.3f} |")


def readings(scene: Scene, detector: Detector, classifier: Classifier) -> Iterator[tuple[float, bool]]:
    """Quality, and whether the answer was right, for each face and each way of making it worse."""
    faces = [face for face in scene.boxes if face.category in classifier.labels]
    image = scene.image() if faces else None
    found = detector.detect(image) if image is not None else []
    if image is None or not found:
        return
    overlap = geometry.iou(
        geometry.as_array([face.box for face in faces]), geometry.as_array([each.box for each in found])
    )
    for face, row in zip(faces, overlap, strict=True):
        if row.max() >= 0.4:
            for worse, box, points in variants(*around(image, found[int(row.argmax())])):
                label = classifier.expression(classifier.predict([classifier.cut(worse, box)])[0]).label
                yield quality(worse, box, points).score, label == face.category


def around(image: Image, found: Detection) -> tuple[Image, Detection]:
    """A square of twice the face, so that making it worse is quick, and the detection in it."""
    side = max(found.box.width, found.box.height)
    corner = [center - side for center in found.box.center]
    square = Box(corner[0], corner[1], corner[0] + 2 * side, corner[1] + 2 * side)
    part = np.ascontiguousarray(prepare.crop(image, square, CropSpec()))
    x1, y1, x2, y2 = found.box.as_tuple()
    box = Box(x1 - corner[0], y1 - corner[1], x2 - corner[0], y2 - corner[1])
    points = None if found.points is None else found.points - np.array(corner, np.float32)
    return part, Detection(box, found.score, points)


def variants(image: Image, face: Detection) -> Iterator[tuple[Image, Box, Floats | None]]:
    boxes = geometry.as_array([face.box])
    yield image, face.box, face.points
    for worsen, amount in WORSE:
        made, moved = worsen(image, boxes, amount)
        scale = float(moved[0, 2] - moved[0, 0]) / face.box.width
        points = None if face.points is None else face.points * np.float32(scale)
        yield made, Box(*moved[0].tolist()), points


if __name__ == "__main__":
    main()
