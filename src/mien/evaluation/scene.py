"""A face drawn by code, for measurements that need one and may not carry anybody's picture."""

import cv2
import numpy as np

from mien import imageops
from mien.types import Box, Image

_BACKGROUND = (110, 104, 98)


def made_scene(width: int = 640, height: int = 480, shift: float = 0.0) -> tuple[Image, Box]:
    """A (height, width, 3) BGR picture of a drawn face, and the face's box.

    ``shift`` moves the face to the right, as a share of the face's width. The drawing has the shades
    that detectors look for (dark eyes under a bright forehead, a bright nose, a dark mouth).
    """
    side = round(min(width, height) * 0.45)
    image = np.full((height, width, 3), _BACKGROUND, np.uint8)
    face = _face(side * 2)
    left = int(np.clip(width / 2 - side + shift * side, 0, width - 2 * side))
    top = max((height - 2 * side) // 2, 0)
    image[top : top + 2 * side, left : left + 2 * side] = face[: height - top]
    box = Box(left + 0.5 * side, top + 0.45 * side, left + 1.5 * side, top + 1.65 * side)
    return cv2.GaussianBlur(image, (0, 0), max(side / 90, 0.5)).astype(np.uint8), box


def fit(image: Image, width: int, height: int) -> Image:
    """``image`` scaled to lie inside (height, width, 3), centred on gray."""
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_w, inner_h = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    canvas = np.full((height, width, 3), 128, np.uint8)
    top, left = (height - inner_h) // 2, (width - inner_w) // 2
    canvas[top : top + inner_h, left : left + inner_w] = imageops.resize(image, inner_w, inner_h)
    return canvas


def _face(side: int) -> Image:
    """Head and shoulders on a square; lengths below are shares of ``side``."""
    canvas = np.full((side, side, 3), _BACKGROUND, np.uint8)

    def ellipse(x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        center, axes = (round(x * side), round(y * side)), (round(rx * side), round(ry * side))
        cv2.ellipse(canvas, center, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)

    skin, shade, light = (150, 180, 220), (120, 150, 195), (170, 200, 235)
    hair, dark, lips = (40, 50, 62), (36, 38, 44), (88, 84, 168)
    ellipse(0.5, 1.08, 0.42, 0.24, (120, 84, 60))
    ellipse(0.5, 0.80, 0.12, 0.16, shade)
    ellipse(0.5, 0.44, 0.30, 0.36, hair)
    ellipse(0.5, 0.50, 0.25, 0.33, skin)
    ellipse(0.5, 0.32, 0.19, 0.10, light)
    for x in (0.39, 0.61):
        ellipse(x, 0.455, 0.085, 0.055, shade)
        ellipse(x, 0.405, 0.075, 0.016, hair)
        ellipse(x, 0.46, 0.058, 0.026, (225, 228, 232))
        ellipse(x, 0.46, 0.026, 0.026, dark)
        ellipse(x, 0.59, 0.06, 0.05, light)
    ellipse(0.5, 0.53, 0.028, 0.10, light)
    ellipse(0.5, 0.615, 0.050, 0.022, shade)
    for x in (0.478, 0.522):
        ellipse(x, 0.62, 0.012, 0.008, dark)
    ellipse(0.5, 0.70, 0.095, 0.030, lips)
    ellipse(0.5, 0.697, 0.080, 0.008, dark)
    return canvas
