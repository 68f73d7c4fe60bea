"""Shapes of eyes, brows, mouth and jaw, from the 68 points."""

from collections.abc import Callable
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from mien import landmarks68, regions
from mien.measures.base import Measure
from mien.types import Face, Floats, Frame


def _distance(points: Floats, first: int, second: int) -> Floats:
    return np.asarray(np.linalg.norm(points[..., first, :] - points[..., second, :], axis=-1), np.float32)


def _height(points: Floats, *indices: int) -> Floats:
    """How far above the eye line the mean of these points lies."""
    return np.asarray(-points[..., list(indices), 1].mean(axis=-1), np.float32)


def _aspect(points: Floats, ends: tuple[int, int], *lids: tuple[int, int]) -> Floats:
    """The mean opening between pairs of points, as a share of the distance between the ends."""
    width = _distance(points, *ends)
    opening = sum(_distance(points, upper, lower) for upper, lower in lids) / np.float32(len(lids))
    return _ratio(np.asarray(opening, np.float32), width)


def _slope(points: Floats, outer: int, inner: int) -> Floats:
    """The rise from a brow's outer to its inner end, as a share of the distance between them along the eye
    line."""
    run = np.abs(points[..., inner, 0] - points[..., outer, 0])
    rise = points[..., outer, 1] - points[..., inner, 1]
    return _ratio(rise, run)


def _ratio(value: Floats, base: Floats) -> Floats:
    """NaN where ``base`` is 0."""
    out = np.full_like(base, np.nan)
    return np.asarray(np.divide(value, base, out=out, where=base > 0), np.float32)


_MIDDLE = (51, 57, 62, 66)
"""The middles of both lips, outside and inside."""

_MEASURES: MappingProxyType[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "eye_aspect_left": lambda p: _aspect(p, (36, 39), (37, 41), (38, 40)),
        "eye_aspect_right": lambda p: _aspect(p, (42, 45), (43, 47), (44, 46)),
        "mouth_aspect_outer": lambda p: _aspect(p, (48, 54), (50, 58), (51, 57), (52, 56)),
        "mouth_aspect_inner": lambda p: _aspect(p, (60, 64), (61, 67), (62, 66), (63, 65)),
        "mouth_width": lambda p: _distance(p, 48, 54),
        "lip_corner_lift_left": lambda p: _height(p, 48) - _height(p, *_MIDDLE),
        "lip_corner_lift_right": lambda p: _height(p, 54) - _height(p, *_MIDDLE),
        "upper_lip_distance": lambda p: _height(p, 33) - _height(p, 51),
        "jaw_drop": lambda p: _height(p, 33) - _height(p, 8),
        "brow_distance": lambda p: _distance(p, 21, 22),
        "brow_height_left": lambda p: _height(p, *landmarks68.LEFT_BROW) - _height(p, *landmarks68.LEFT_EYE),
        "brow_height_right": lambda p: (
            _height(p, *landmarks68.RIGHT_BROW) - _height(p, *landmarks68.RIGHT_EYE)
        ),
        "brow_slope_left": lambda p: _slope(p, 17, 21),
        "brow_slope_right": lambda p: _slope(p, 26, 22),
    }
)


class FaceGeometry(Measure):
    """Aspect ratios of eyes and mouth, and the places of brows, lip corners and chin; see `geometry`."""

    columns: ClassVar[tuple[str, ...]] = tuple(_MEASURES)
    needs_landmarks: ClassVar[bool] = True

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        if face.landmarks is None:
            return (float("nan"),) * len(self.columns)
        return tuple(geometry(face.landmarks).tolist())


def geometry(points: Floats) -> Floats:
    """One number per column of `FaceGeometry`, (..., 14) float32, of ``points`` (..., 68, 2) in pixels.

    Lengths are in inter-ocular distances, after the face was turned upright by its eye line; ratios have no
    unit. The eyes' ratio is that of Soukupova and Cech, "Real-time eye blink detection using facial
    landmarks" (2016), equation 1; docs/measures.md defines each. NaN where points that must differ coincide.
    """
    upright = regions.upright(points)
    return np.stack([define(upright) for define in _MEASURES.values()], axis=-1)
