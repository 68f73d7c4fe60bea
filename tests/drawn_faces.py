"""Faces and pictures for what draws them, and what was changed by it."""

from dataclasses import replace
from typing import Any

import numpy as np

from mien.drawing.style import Style
from mien.labels import FER7
from mien.types import Box, Expression, Face, FrameResult, Image

NOTHING = Style(boxes=False, ids=False, labels=False, bars=False)
MIDDLE = Box(200, 100, 300, 220)


def expression(label: str = "happy", *, unsure: bool = False) -> Expression:
    probabilities = np.full(7, 0.02, np.float32)
    probabilities[FER7.index(label)] = 0.88
    return Expression(FER7, probabilities, unsure)


def face(box: Box, **changes: Any) -> Face:
    return replace(Face(box, 0.9, track_id=1, expression=expression()), **changes)


def result(*faces: Face, width: int = 640, height: int = 360) -> FrameResult:
    return FrameResult("test", 0, 0.0, width, height, faces)


def canvas(width: int = 640, height: int = 360, value: int = 120) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def changed(drawn: Image, value: int = 120) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return (drawn != value).any(axis=2)
