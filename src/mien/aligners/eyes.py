"""Turns a face upright by the line through its eyes."""

import math

import cv2
import numpy as np

from mien import imageops, prepare
from mien.aligners.base import Aligner
from mien.artifact import CropSpec
from mien.errors import BadOption
from mien.types import Box, Floats, Image

_APART = 0.15
"""Eyes nearer to each other than this share of the box's longer side (a profile) tell no angle."""
_LARGEST = 256
"""Side in pixels above which a face is shrunk before it is turned: no classifier sees more, and turning costs
by the pixel."""


class Eyes(Aligner):
    """Turns a face about the middle of its box until its eyes are level.

    The card's square is then cut as usual, in the turned picture; its side is at most 256 pixels. A face
    tilted by less than ``least`` degrees, without points, or seen so far from the side that its eyes tell no
    angle, is cut as it stands. docs/alignment.md tells what is gained.
    """

    def __init__(self, least: float = 3.0) -> None:
        if not 0 <= least <= 180:
            raise BadOption(f"least={least} is no angle. Give degrees from 0 to 180.")
        self._least = math.radians(least)

    def cut(self, image: Image, box: Box, points: Floats | None, spec: CropSpec) -> Image:
        imageops.check(image)
        angle = 0.0 if points is None else tilt(points, box)
        if abs(angle) <= self._least:
            return prepare.crop(image, box, spec)
        return _turned(image, box, spec, angle)


def tilt(points: Floats, box: Box) -> float:
    """The angle of the eye line in radians, positive where the face leans clockwise on the picture.

    ``points`` (5, 2) are a detector's. 0 where the eyes are too near to each other, or not finite. Raises
    `BadOption` for points of another shape: their first two are no eyes.
    """
    if points.shape != (5, 2):
        raise BadOption(
            f"Points of shape {points.shape} tell no eye line. Give a detector's five, (5, 2), or of the 68 "
            "those of mien.landmarks68.five_points."
        )
    (left, top), (right, bottom) = points[:2].tolist()
    across, down = right - left, bottom - top
    apart = math.hypot(across, down)
    if not _APART * max(box.width, box.height) <= apart < math.inf:  # false for NaN too
        return 0.0
    return math.atan2(down, across)


def _turned(image: Image, box: Box, spec: CropSpec, angle: float) -> Image:
    """The square of ``spec`` around ``box``, turned clockwise about the box's middle by ``angle``."""
    side = max(round(max(box.width, box.height) * spec.scale), 1)
    out = min(side, _LARGEST)
    shift = spec.shift_y * box.height
    x, y = box.center[0] - math.sin(angle) * shift, box.center[1] + math.cos(angle) * shift
    reach = side * (abs(math.cos(angle)) + abs(math.sin(angle))) / 2 + 1  # of what the turned square covers
    around = Box(x - reach, y - reach, x + reach, y + reach)
    left, top, width = prepare.square(around, CropSpec())
    region = prepare.crop(image, around, CropSpec())
    if side > out:
        # By area first: turning takes one pixel for each of the crop, and would leave out the others.
        small = max(round(width * out / side), 1)
        region = imageops.resize(region, small, small)
    scale = region.shape[0] / width
    center = (x - left) * scale, (y - top) * scale
    return _warped(region, center, angle, side / out * scale, out)


def _warped(region: Image, center: tuple[float, float], angle: float, step: float, out: int) -> Image:
    """``out`` x ``out`` pixels of ``region`` around ``center``, turned, ``step`` pixels apart."""
    cos, sin = math.cos(angle) * step, math.sin(angle) * step
    half = (out - 1) / 2
    x, y = center[0] - 0.5, center[1] - 0.5  # OpenCV counts from the middle of the first pixel
    matrix = np.array([[cos, -sin, x - (cos - sin) * half], [sin, cos, y - (sin + cos) * half]])
    crop = cv2.warpAffine(
        region,
        matrix,
        (out, out),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)
