"""Facial points: dots, and the lines that make brows, eyes and lips of them."""

import numpy as np

from mien import landmarks68
from mien.drawing.strokes import Strokes
from mien.drawing.style import Sizes
from mien.types import Floats, Image

LINES: tuple[tuple[tuple[int, ...], bool], ...] = (
    (landmarks68.JAW, False),
    (landmarks68.LEFT_BROW, False),
    (landmarks68.RIGHT_BROW, False),
    (landmarks68.NOSE[:4], False),
    (landmarks68.NOSE[4:], False),
    (landmarks68.LEFT_EYE, True),
    (landmarks68.RIGHT_EYE, True),
    (landmarks68.MOUTH[:12], True),
    (landmarks68.MOUTH[12:], True),
)
"""Which of the 68 points one line joins, and whether it returns to its start."""
_FAR = 1e5
"""Pixels beyond which a point is none: what a network says of no face can be anything."""
_DOTTED = 55.0
"""Where the outer eye corners are fewer pixels apart, dots would run together."""


def points(image: Image, places: Floats, sizes: Sizes) -> None:
    """A white dot with a dark rim at each of ``places`` (N, 2), in pixels."""
    if _drawable(places):
        radius, rim = sizes.line * 1.1, max(sizes.line * 0.6, 1.0)
        Strokes(image, places, radius + rim + 1).dots(places, radius, rim).lay()


def landmarks(image: Image, places: Floats, sizes: Sizes) -> None:
    """The 68 points ``places`` (68, 2), in pixels, and their lines.

    Both shrink with the face, so that a small one stays to be seen.
    """
    if not _drawable(places):
        return
    reach = float(landmarks68.inter_ocular(places))
    width, rim = sizes.pen(reach)
    radius = min(max(reach * 0.015, 1.0), sizes.line * 0.8)
    strokes = Strokes(image, places, radius + rim + 1)
    for part, closed in LINES:
        strokes.line(places[list(part)], width, rim, closed=closed)
    if reach >= _DOTTED:
        strokes.dots(places, radius, rim)
    strokes.lay()


def _drawable(places: Floats) -> bool:
    """False for NaN too."""
    return bool((np.abs(places) < _FAR).all())
