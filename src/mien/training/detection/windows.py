"""A part of one picture drawn into another, exact to half a pixel: boxes move by the same sum."""

import math

import cv2

from mien.types import Image

Place = tuple[float, float, float, float]


def draw(image: Image, place: Place, ground: Image, method: int) -> None:
    """Draw the window ``place`` of ``image`` over all of ``ground``, where there is something of it.

    Both are (H, W, 3) uint8; ``place`` is left, top, width and height in pixels of ``image``, and may reach
    beyond it. ``method`` is OpenCV's interpolation.
    """
    left, top, wide, high = place
    x1, x2, to_x1, to_x2 = _reach(left, wide, image.shape[1], ground.shape[1])
    y1, y2, to_y1, to_y2 = _reach(top, high, image.shape[0], ground.shape[0])
    size = to_x2 - to_x1, to_y2 - to_y1
    if min(x2 - x1, y2 - y1, *size) < 1:
        return
    part = cv2.resize(image[y1:y2, x1:x2], size, interpolation=method)
    shown = part[max(-to_y1, 0) : ground.shape[0] - to_y1, max(-to_x1, 0) : ground.shape[1] - to_x1]
    ground[max(to_y1, 0) : to_y2, max(to_x1, 0) : to_x2] = shown


def _reach(start: float, length: float, size: int, onto: int) -> tuple[int, int, int, int]:
    """Of one side: the whole pixels that the window touches, from and to, and where they lie on the ground.

    They may begin before the ground and end beyond it: what is too much is cut off once it is scaled, for a
    pixel that is cut before would be stretched.
    """
    first, last = max(math.floor(start), 0), min(math.ceil(start + length), size)
    scale = onto / length
    return first, last, round((first - start) * scale), round((last - start) * scale)
