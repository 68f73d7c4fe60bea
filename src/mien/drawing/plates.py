"""The dark translucent plates under all text, and the hatching that says "unsure"."""

from functools import lru_cache

import cv2
import numpy as np

from mien.drawing.layout import Rect
from mien.types import Image

WHITE = (255, 255, 255)
SOFT = (205, 205, 205)
"""Text of second rank; still over 7:1 on a plate above white."""
INK = (20, 20, 20)
_OPACITY = 0.78


def plate(image: Image, area: Rect) -> None:
    """Darken ``area`` of ``image`` so that white text on it is legible whatever lies below."""
    region = _region(image, area)
    if region.size:
        cv2.convertScaleAbs(region, dst=region, alpha=1 - _OPACITY, beta=INK[0] * _OPACITY)


def fill(image: Image, area: Rect, colour: tuple[int, int, int]) -> None:
    """Fill ``area`` with ``colour`` (BGR)."""
    _region(image, area)[:] = colour


def hatch(image: Image, area: Rect, colour: tuple[int, int, int], period: int) -> None:
    """Fill ``area`` with diagonal stripes of ``colour``, each ``period`` pixels from the next."""
    region = _region(image, area)
    striped = _stripes(region.shape[1], region.shape[0], max(period, 4))
    region[striped] = colour


def _region(image: Image, area: Rect) -> Image:
    top, left = max(area.y, 0), max(area.x, 0)
    return image[top : max(area.y + area.height, 0), left : max(area.x + area.width, 0)]


@lru_cache(maxsize=256)
def _stripes(width: int, height: int, period: int) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    rows, columns = np.ogrid[:height, :width]
    return (rows + columns) % period < (period + 1) // 2
