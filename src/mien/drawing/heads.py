"""Which way a head points, as the three axes of a small cross."""

import math

import cv2
import numpy as np

from mien.drawing.plates import INK, WHITE
from mien.drawing.style import Sizes
from mien.palette import bgr
from mien.types import Image, Pose

AXES = ("#D55E00", "#009E73", "#0072B2")
"""Of the axes to a head's side, down and forward: told apart by colour-blind people too."""
LENGTH = 0.28
"""Of an axis, as a share of the face's height."""
_SHIFT = 4


def head(image: Image, pose: Pose, origin: tuple[float, float], length: float, sizes: Sizes) -> None:
    """The axes of a head at ``origin``, ``length`` pixels long: to the picture's right, down, forward.

    The forward one, which comes out of the nose, is drawn last and ends in a dot.
    """
    line = max(min(sizes.line, round(length / 32)), 1)
    ends = [(origin[0] + x * length, origin[1] + y * length) for x, y in axes(pose)]
    for end, tone in zip(ends, AXES, strict=True):
        stroke = np.array([_fixed(*origin), _fixed(*end)], np.int32)
        cv2.polylines(image, [stroke], False, INK, line + 2, cv2.LINE_AA, _SHIFT)
        cv2.polylines(image, [stroke], False, bgr(tone), line, cv2.LINE_AA, _SHIFT)
    for radius, colour in ((line * 1.1 + 1.0, INK), (line * 1.1, WHITE)):
        size = round(radius * (1 << _SHIFT))
        cv2.circle(image, _fixed(*ends[-1]), size, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def axes(pose: Pose) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Where a head's right-hand, downward and forward axes of length 1 end on the picture: x and y (down)."""
    roll, yaw, pitch = (math.radians(angle) for angle in (pose.roll, pose.yaw, pose.pitch))
    # Seen from the camera: x to the right, y down, z away. First the head nods, then turns, then tilts.
    sideways = (math.cos(yaw), 0.0)
    down = (math.sin(yaw) * math.sin(pitch), math.cos(pitch))
    forward = (math.sin(yaw) * math.cos(pitch), -math.sin(pitch))
    cos, sin = math.cos(roll), math.sin(roll)
    first, second, third = ((x * cos - y * sin, x * sin + y * cos) for x, y in (sideways, down, forward))
    return first, second, third


def _fixed(x: float, y: float) -> tuple[int, int]:
    """Sixteenths of a pixel, from the centre of the first one, as OpenCV counts."""
    return round((x - 0.5) * (1 << _SHIFT)), round((y - 0.5) * (1 << _SHIFT))
