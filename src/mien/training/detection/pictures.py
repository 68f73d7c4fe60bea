"""The learning pictures: decoded once, labelled once, and shared by all processes."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from mien import geometry
from mien.evaluation.detection_truth import within
from mien.scenes import _store
from mien.scenes.base import Scene
from mien.training.detection.faces import Faces, joined, none
from mien.training.detection.teacher import Teacher
from mien.types import Floats, Image

SURE = 0.6
"""The teacher's score from which a face is taken for one without a person's word."""
LIKELY = 0.3
"""The teacher's score from which it confirms a box that a person drew."""
AGREE = 0.4
"""IoU from which a given box and the teacher's mean the same face."""
ENLARGE = 2.0
ENLARGED_SIDE = 1280
"""The teacher looks at each picture as it is and enlarged, to at most this long side: small faces too."""
DRAWN = 0.4
"""Trust in a box that a person drew and the teacher does not see."""
ASPECT = (0.55, 1.35)
"""Width over height of a drawn box that may be a whole face; others are masks, or parts."""
ON_IGNORED = 0.5
"""The share of a face of the teacher's that may lie on an ignored box: from there on it is not learnt."""
SMALLEST = 8.0


@dataclass(frozen=True, slots=True)
class Pictures:
    """N pictures in one array on the disk, mapped into memory, the faces of each, and their sources.

    ``mined`` holds for each the boxes (M, 4) of places that look like faces and are none; it is empty where
    nobody looked for them.
    """

    path: Path
    offsets: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    faces: tuple[Faces, ...]
    sources: tuple[str, ...]
    mined: tuple[Floats, ...] = ()

    def __len__(self) -> int:
        return len(self.sizes)

    def open(self) -> "Album":
        """The pixels; every process opens its own."""
        return Album(self, np.memmap(self.path, np.uint8, "r"))


class Album:
    """The pictures of `Pictures`, readable."""

    def __init__(self, pictures: Pictures, pixels: Image) -> None:
        self.pictures, self._pixels = pictures, pixels

    def __len__(self) -> int:
        return len(self.pictures)

    def image(self, index: int) -> Image:
        """(H, W, 3) uint8 BGR, read-only."""
        height, width = self.pictures.sizes[index]
        start = self.pictures.offsets[index]
        return self._pixels[start : start + height * width * 3].reshape(height, width, 3)


def prepare(scenes: Sequence[Scene], teacher: Teacher, folder: Path, made_by: str = "") -> Pictures:
    """Decode and label ``scenes``; kept in ``folder``, so that the next training of them starts at once.

    Of scenes that lie in no file, ``made_by`` says what they are made of, as their set is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = [scene.source for scene in scenes]
    stem = folder / f"pictures-{_store.key(scenes, teacher.path, made_by, sources)}"
    pixels, labels = stem.with_suffix(".pixels"), stem.with_suffix(".npz")
    if not labels.is_file():
        _write(scenes, teacher, pixels, labels)
    return _read(pixels, labels)


def _write(scenes: Sequence[Scene], teacher: Teacher, pixels: Path, labels: Path) -> None:
    sizes, counts, parts = [], [], []
    temporary = pixels.with_suffix(f".{os.getpid()}.part")
    with temporary.open("wb") as file:
        for scene in scenes:
            image = scene.image()
            faces = label(image, boxes_of(scene), teacher, boxes_of(scene, ignore=True))
            file.write(np.ascontiguousarray(image).tobytes())
            sizes.append(image.shape[:2])
            counts.append(len(faces))
            parts.append(faces)
    temporary.replace(pixels)
    all_faces = joined(parts)
    temporary = labels.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(
        temporary,
        sizes=np.array(sizes),
        counts=np.array(counts),
        boxes=all_faces.boxes,
        points=all_faces.points,
        trust=all_faces.trust,
        sources=np.array([scene.source for scene in scenes]),
    )
    temporary.replace(labels)  # last: it says that all is there


def _read(pixels: Path, labels: Path) -> Pictures:
    with np.load(labels) as kept:
        values = dict(kept)
    sizes = tuple((int(height), int(width)) for height, width in values["sizes"])
    ends = np.cumsum([height * width * 3 for height, width in sizes])
    faces = Faces(values["boxes"], values["points"], values["trust"])
    return Pictures(
        pixels,
        (0, *map(int, ends[:-1])),
        sizes,
        tuple(_split(faces, values["counts"])),
        tuple(map(str, values["sources"])),
    )


def _split(faces: Faces, counts: Floats) -> Iterator[Faces]:
    ends = np.cumsum(counts)
    for start, end in zip(ends - counts, ends, strict=True):
        yield faces.only(np.arange(start, end))


def boxes_of(scene: Scene, *, ignore: bool = False) -> Floats:
    """The boxes (N, 4) of ``scene`` that are to be found, or those that are to be ignored."""
    return geometry.as_array([given.box for given in scene.boxes if given.ignore is ignore])


def label(image: Image, given: Floats, teacher: Teacher, ignored: Floats | None = None) -> Faces:
    """What is known of ``image``'s faces: the ``given`` boxes (N, 4) and what the teacher says of them.

    A given box that the teacher confirms takes the teacher's box and points: one convention for all sources,
    and boxes that cover a mask only become whole faces. Faces that only the teacher sees count where it is
    sure. Boxes that only people drew keep little trust, and none where they do not look like a whole face.
    Nothing is learnt of the ``ignored`` boxes (K, 4), nor of what only the teacher sees on them.
    """
    ignored = none().boxes if ignored is None else ignored
    boxes, points, scores = _look(image, teacher)
    overlap = geometry.iou(given, boxes) if len(given) and len(boxes) else np.zeros((len(given), len(boxes)))
    confirmed = (overlap >= AGREE).any(axis=0) if len(given) else np.zeros(len(boxes), bool)
    keep = confirmed | (scores >= SURE)
    trust = np.where(confirmed, 1.0, np.where(within(boxes, ignored, ON_IGNORED), 0.0, scores))
    seen = Faces(boxes[keep], points[keep], trust[keep].astype(np.float32))
    missed = given[~(overlap >= AGREE).any(axis=1)] if len(boxes) else given
    return joined([seen, _drawn(missed), _untrusted(ignored)])


def _drawn(boxes: Floats) -> Faces:
    size = boxes[:, 2:] - boxes[:, :2]
    aspect = size[:, 0] / np.maximum(size[:, 1], 1e-3)
    whole = (aspect >= ASPECT[0]) & (aspect <= ASPECT[1]) & (size[:, 1] >= SMALLEST)
    return replace(_untrusted(boxes), trust=np.where(whole, DRAWN, 0).astype(np.float32))


def _untrusted(boxes: Floats) -> Faces:
    points = np.full((len(boxes), 5, 2), np.nan, np.float32)
    return Faces(boxes.astype(np.float32), points, np.zeros(len(boxes), np.float32))


def _look(image: Image, teacher: Teacher) -> tuple[Floats, Floats, Floats]:
    """The teacher's faces in the picture as it is and enlarged; of one face, the surer sight."""
    found = [teacher.faces(image, LIKELY)]
    scale = min(ENLARGE, ENLARGED_SIDE / max(image.shape[:2]))
    if scale > 1:
        large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        boxes, points, scores = teacher.faces(np.asarray(large, np.uint8), LIKELY)
        found.append((boxes / scale, points / scale, scores))
    boxes, points, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if not len(boxes):
        return none().boxes, none().points, none().trust
    kept = geometry.nms(boxes, scores, AGREE)
    return boxes[kept], points[kept], scores[kept]
