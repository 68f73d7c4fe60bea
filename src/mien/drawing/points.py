"""Facial points, and which way a head points."""

import math

import cv2
import numpy as np

from mien import landmarks68
from mien.drawing.plates import INK, WHITE
from mien.drawing.style import Sizes
from mien.types import Floats, Image, Pose

Colour = tuple[int, int, int]
_SHIFT = 4
"""OpenCV takes fixed-point coordinates: points are set to a sixteenth of a pixel."""
_OUTLINE = (235, 225, 210)
"""BGR of the lines between points: a shade behind the points themselves."""
_AXES: tuple[Colour, Colour, Colour] = ((0, 94, 213), (115, 158, 0), (178, 114, 0))
"""BGR of a head's axes, to its side, down and forward: told apart by colour-blind people too."""
_EYE_LEFT, _EYE_RIGHT = landmarks68.LEFT_EYE, landmarks68.RIGHT_EYE
_LIP, _INNER_LIP = landmarks68.MOUTH[:12], landmarks68.MOUTH[12:]
_LINES = (
    (landmarks68.JAW, False),
    (landmarks68.LEFT_BROW, False),
    (landmarks68.RIGHT_BROW, False),
    (landmarks68.NOSE[:4], False),
    (landmarks68.NOSE[4:], False),
    (_EYE_LEFT, True),
    (_EYE_RIGHT, True),
    (_LIP, True),
    (_INNER_LIP, True),
)
"""The points that one line joins, and whether it returns to its start."""


def points(image: Image, places: Floats, sizes: Sizes) -> None:
    """A white dot with a dark rim at each of ``places`` (N, 2), in pixels."""
    _dots(image, places, max(sizes.line, 1) * 1.2, max(sizes.line * 0.7, 0.8))


def landmarks(image: Image, places: Floats, sizes: Sizes) -> None:
    """The 68 points ``places`` (68, 2), in pixels, and the lines that make brows, eyes and lips of them.

    They shrink with the face, so that a small one stays to be seen.
    """
    if not np.isfinite(places).all():
        return
    reach = float(landmarks68.inter_ocular(places))
    radius = min(max(sizes.line * 0.75, 0.8), max(reach / 40, 0.5))
    lines = [(_fixed(places[list(part)]), closed) for part, closed in _LINES]
    thin = 1 if reach < 120 else max(round(sizes.line / 2), 1)
    for corners, closed in lines:
        cv2.polylines(image, [corners], closed, INK, thin + 2, cv2.LINE_AA, _SHIFT)
    for corners, closed in lines:
        cv2.polylines(image, [corners], closed, _OUTLINE, thin, cv2.LINE_AA, _SHIFT)
    if reach >= 70:  # nearer together, dots would hide the lines
        _dots(image, places, radius, max(radius * 0.6, 0.6))


def head(image: Image, pose: Pose, origin: tuple[float, float], length: float, sizes: Sizes) -> None:
    """The three axes of a head at ``origin``, ``length`` pixels long: to the picture's right, down, forward.

    The forward one, which comes out of the nose, is drawn last and ends in a dot.
    """
    for way, colour in zip(axes(pose), _AXES, strict=True):
        end = (origin[0] + way[0] * length, origin[1] + way[1] * length)
        ends = _fixed(np.array([origin, end], np.float32))
        cv2.polylines(image, [ends], False, INK, sizes.line + 2, cv2.LINE_AA, _SHIFT)
        cv2.polylines(image, [ends], False, colour, sizes.line, cv2.LINE_AA, _SHIFT)
    _dots(image, np.array([end], np.float32), sizes.line * 1.3, sizes.line * 0.7)


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


def _dots(image: Image, places: Floats, radius: float, rim: float) -> None:
    for extra, colour in ((rim, INK), (0.0, WHITE)):
        size = round((radius + extra) * (1 << _SHIFT))
        for x, y in _fixed(places):
            cv2.circle(image, (int(x), int(y)), size, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _fixed(places: Floats) -> "np.ndarray[tuple[int, int], np.dtype[np.int32]]":
    """OpenCV counts from the centre of a pixel, points from its corner."""
    return np.round((places - 0.5) * (1 << _SHIFT)).astype(np.int32)
