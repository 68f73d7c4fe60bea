"""How well a face can be read: its size, sharpness, pose and light."""

import math
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from mien import geometry, imageops, regions
from mien.measures.base import Measure
from mien.measures.pose import pose as pose_from
from mien.types import Box, Face, Floats, Frame, Image, Pose

SIDE = 64
"""Sharpness and light are looked at in a face of this many pixels a side."""
# From where a part counts 0 to where it counts 1: where a classifier of expressions (mini_xception) guessed,
# and where it was as good as ever, on real pictures made worse step by step (scripts/quality_table.py).
SIZE = (8.0, 32.0)  # pixels of the longer side that lie in the picture
SHARPNESS = (0.008, 0.06)  # variance of the Laplacian by that of the pixels
CONTRAST = (2.5, 20.0)  # standard deviation of gray
CLIPPED = (0.9, 0.1)  # share of pixels that are black or white
ANGLE = (60.0, 10.0)  # degrees between the face's direction and the camera
_BLACK, _WHITE = 8, 247


@dataclass(frozen=True, slots=True)
class Quality:
    """Parts of a face's quality, each from 0 (cannot be read) to 1 (no hindrance).

    ``pose`` is None where the face has no points.
    """

    size: float
    blur: float
    pose: float | None
    light: float

    @property
    def score(self) -> float:
        """The weakest part: a sharp face does not make up for darkness."""
        known = [part for part in (self.size, self.blur, self.pose, self.light) if part is not None]
        return min(known)


class FaceQuality(Measure):
    """The quality score and its parts, each in [0, 1]; see `quality`."""

    columns: ClassVar[tuple[str, ...]] = (
        "quality",
        "quality_size",
        "quality_blur",
        "quality_pose",
        "quality_light",
    )

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        points = face.points if face.landmarks is None else face.landmarks
        found = quality(frame.image, face.box, points)
        turned = math.nan if found.pose is None else found.pose
        return (found.score, found.size, found.blur, turned, found.light)


def quality(image: Image, box: Box, points: Floats | None = None) -> Quality:
    """The quality of the face in ``box`` of ``image`` (H, W, 3) BGR or (H, W) gray, uint8.

    ``points`` are its 68 or five points, (68, 2) or (5, 2), for the pose. Size is the longer side of the box
    in pixels, less the share outside the picture. Blur is the variance of the Laplacian (Pech-Pacheco et al.,
    "Diatom autofocusing in brightfield microscopy", ICPR 2000) by the variance of the pixels, at one size of
    face. Light is the contrast, or the share of clipped pixels where that is worse. Pose is how far the face
    looks past the camera; roll does not count. A box outside the picture has size, blur and light 0. Raises
    `BadOption` for what is no picture, and for a box that is NaN or infinite.
    """
    imageops.check(image)
    geometry.finite(box)
    height, width = image.shape[:2]
    visible = regions.clip(box, width, height)
    seen = image[_pixels(visible.y1, visible.y2), _pixels(visible.x1, visible.x2)]
    turned = None if points is None else _pose_part(pose_from(points))
    if not seen.size:
        return Quality(0.0, 0.0, turned, 0.0)
    share = visible.area / box.area if box.area > 0 else 0.0
    small = imageops.gray(imageops.resize(seen, SIDE, SIDE))
    size = _part(max(box.width, box.height) * share, SIZE)
    return Quality(size, _blur_part(small), turned, _light_part(small))


def _pixels(low: float, high: float) -> slice:
    return slice(math.floor(low), math.ceil(high))


def _blur_part(gray: Image) -> float:
    pixels = gray.astype(np.float32)
    edges = float(cv2.Laplacian(pixels, cv2.CV_32F).var())
    # One more than the variance, so that the noise of a black picture is no sharpness.
    return _part_of_log(edges / (float(pixels.var()) + 1), SHARPNESS)


def _light_part(gray: Image) -> float:
    clipped = float(((gray <= _BLACK) | (gray >= _WHITE)).mean())
    return min(_part_of_log(float(gray.std()), CONTRAST), _part(clipped, CLIPPED))


def _pose_part(pose: Pose | None) -> float | None:
    if pose is None:
        return None
    facing = math.cos(math.radians(pose.yaw)) * math.cos(math.radians(pose.pitch))
    return _part(math.degrees(math.acos(facing)), ANGLE)


def _part(value: float, span: tuple[float, float]) -> float:
    """Where ``value`` lies between the ends of ``span``: 0 at the first, 1 at the second, and beyond them."""
    low, high = span
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _part_of_log(value: float, span: tuple[float, float]) -> float:
    """`_part` by ratios instead of differences."""
    low, high = span
    return _part(math.log(max(value, 1e-9)), (math.log(low), math.log(high)))
