"""A small set of made pictures, and a teacher that sees what was drawn: magenta discs are faces."""

import json
from pathlib import Path

import cv2
import numpy as np

from mien import imageops
from mien.training.detection.maps import Cells, cell_at, cells_of
from mien.types import Floats, Image

MAGENTA = (255, 0, 255)
SIZE = (160, 128)
"""Width and height of the pictures."""
DISC = (40, 30, 88, 90)
"""Where the disc of each picture lies: x1, y1, x2, y2."""


def drawn(number: int = 0, disc: tuple[int, int, int, int] | None = DISC) -> Image:
    """(128, 160, 3) uint8 BGR: a ground of quiet noise, with one disc."""
    random = np.random.default_rng(number)
    image = random.integers(60, 120, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    if disc is not None:
        x1, y1, x2, y2 = disc
        center, axes = ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2)
        cv2.ellipse(image, center, axes, 0, 0, 360, MAGENTA, -1)
    return image


def magenta(image: Image) -> np.ndarray:  # type: ignore[type-arg]
    """(H, W) bool."""
    near = np.abs(image.astype(int) - MAGENTA).max(axis=2) < 60
    return np.asarray(near)


class DrawnTeacher:
    """Stands in for `Teacher`: one sure face around all magenta, none elsewhere."""

    looks = 0

    def __init__(self, path: str = "") -> None:
        self.path = path

    def maps(self, picture: Image) -> Cells:
        height, width = picture.shape[:2]
        corners, _ = cells_of(height, width)
        cells = Cells(
            np.zeros(len(corners), np.float32),
            np.zeros((len(corners), 4), np.float32),
            np.zeros((len(corners), 5, 2), np.float32),
        )
        boxes, points, scores = self.faces(picture, 0)
        for box, places, score in zip(boxes, points, scores, strict=True):
            (cell,) = cell_at((box[None, :2] + box[None, 2:]) / 2, 8, height, width)
            if cell >= 0:
                cells.scores[cell], cells.boxes[cell], cells.points[cell] = score, box, places
        return cells

    def faces(self, picture: Image, lowest: float) -> tuple[Floats, Floats, Floats]:
        type(self).looks += 1
        ys, xs = np.nonzero(magenta(picture))
        if len(ys) < 20:
            return (np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32))
        box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32)
        points = np.tile((box[:2] + box[2:]) / 2, (5, 1)).astype(np.float32)
        return box[None], points[None], np.array([0.7], np.float32)


def write_set(folder: Path, name: str, count: int) -> Path:
    """A COCO set of ``count`` pictures; the last one is without a disc and without a box."""
    (folder / name).mkdir(parents=True)
    images, annotations = [], []
    for number in range(count):
        disc = DISC if number < count - 1 else None
        file_name = f"{number}.png"
        (folder / name / file_name).write_bytes(imageops.encode(drawn(number, disc), ".png"))
        images.append({"id": number, "file_name": file_name, "source": "even" if number % 2 == 0 else "odd"})
        if disc is not None:
            box = [disc[0], disc[1], disc[2] - disc[0], disc[3] - disc[1]]
            annotations.append({"id": number, "image_id": number, "category_id": 7, "bbox": box})
    path = folder / f"{name}.coco.json"
    content = {"images": images, "annotations": annotations, "categories": [{"id": 7, "name": "face"}]}
    path.write_text(json.dumps(content))
    return path
