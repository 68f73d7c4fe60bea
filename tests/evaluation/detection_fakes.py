"""Truths, finds and detectors made by hand, for the tests of the detectors' evaluation."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from mien import imageops
from mien.detectors.base import Detector
from mien.evaluation.detection_candidates import Candidate
from mien.evaluation.detection_truth import Found, Truth
from mien.scenes.base import GivenBox, Scene
from mien.types import Box, Detection, Image

Corners = tuple[float, float, float, float]


def truth(
    *boxes: Corners,
    ignore: Sequence[int] = (),
    masks: Sequence[str] = (),
    source: str = "",
    complete: bool = True,
) -> Truth:
    counted = np.array([place not in ignore for place in range(len(boxes))], bool)
    return Truth(
        np.array(boxes, np.float32).reshape(-1, 4),
        counted,
        tuple(masks) or ("",) * len(boxes),
        source,
        complete,
    )


def found(*boxes: tuple[Corners, float]) -> Found:
    rows = np.array([corners for corners, _ in boxes], np.float32).reshape(-1, 4)
    return Found(rows, np.array([score for _, score in boxes], np.float32))


class Bright(Detector):
    """Claims one face round all that is brighter than ``level``: what a test draws, it finds."""

    def __init__(self, level: int = 100, score: float = 0.9) -> None:
        self.level, self.score = level, score

    def _find(self, image: Image) -> list[Detection]:
        ys, xs = np.nonzero(image.max(axis=2) > self.level)
        if not len(ys):
            return []
        box = Box(float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1)
        return [Detection(box, self.score)]


class Calls(Detector):
    """Answers by a function of the picture."""

    def __init__(self, answer: Callable[[Image], list[Detection]]) -> None:
        self._answer = answer

    def _find(self, image: Image) -> list[Detection]:
        return self._answer(image)


def candidate(detector: Detector, name: str = "own") -> Candidate:
    return Candidate(name, "haar", detector)


def bright_scene(path: Path, box: Corners = (20, 30, 60, 80), value: int = 200) -> Scene:
    """A dark picture, 120 x 100, with one bright rectangle: its face."""
    image = np.zeros((100, 120, 3), np.uint8)
    x1, y1, x2, y2 = map(int, box)
    image[y1:y2, x1:x2] = value
    path.write_bytes(imageops.encode(image, ".png"))
    return Scene(path, (GivenBox(Box(*box)),), "drawn")
