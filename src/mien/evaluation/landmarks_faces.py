"""The faces of a set with given points that a detector found."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mien import geometry
from mien.datasets._landmarks68 import Portraits
from mien.detectors.base import Detector
from mien.types import Box, Floats

SAME_FACE = 0.3
"""A box is a face's where it overlaps the hull of its points by this (IoU); a forehead is not in the hull."""
Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, whole: int) -> None:
    """Tells nobody how far things are."""


@dataclass(frozen=True, slots=True)
class Found:
    """The faces of ``portraits`` that the detector found: their places in it, and the boxes."""

    portraits: Portraits
    places: tuple[int, ...]
    boxes: tuple[Box, ...]

    @property
    def given(self) -> Floats:
        """(N, 68, 2), the points of the faces that were found."""
        return self.portraits.points[list(self.places)]

    @property
    def missed(self) -> tuple[str, ...]:
        """The names of the pictures whose face was not found."""
        return tuple(name for at, name in enumerate(self.portraits.names) if at not in set(self.places))


def find(portraits: Portraits, detector: Detector, progress: Progress = silent) -> Found:
    """The boxes of ``detector`` around the faces of ``portraits``; several faces in a picture do no harm."""
    places, boxes = [], []
    for index, points in enumerate(portraits.points):
        hull = np.array([[*points.min(axis=0), *points.max(axis=0)]], np.float32)
        seen = [face.box for face in detector.detect(portraits.image(index))]
        overlaps = geometry.iou(hull, geometry.as_array(seen))[0]
        if overlaps.size and overlaps.max() >= SAME_FACE:
            places.append(index)
            boxes.append(seen[int(overlaps.argmax())])
        progress("detection", index + 1, len(portraits))
    return Found(portraits, tuple(places), tuple(boxes))
