"""Parts of a face: brows, eyes, nose and mouth as boxes and as upright crops, from its 68 points.

"left" and "right" are the picture's. Lengths that do not depend on the face's size are in inter-ocular
distances (between the outer eye corners).
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mien import imageops, landmarks68
from mien.errors import BadOption, UnknownName
from mien.types import Box, Floats, Image

PARTS = MappingProxyType(
    {
        "brow_left": (landmarks68.LEFT_BROW, 0.06),
        "brow_right": (landmarks68.RIGHT_BROW, 0.06),
        "eye_left": (landmarks68.LEFT_EYE, 0.08),
        "eye_right": (landmarks68.RIGHT_EYE, 0.08),
        "nose": (landmarks68.NOSE, 0.08),
        "mouth": (landmarks68.MOUTH, 0.10),
    }
)
"""The points of each region, and how far its box reaches beyond them, in inter-ocular distances."""
NAMES = tuple(PARTS)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a face and its box, in pixels of the picture."""

    name: str
    box: Box


def regions(points: Floats, size: tuple[int, int] | None = None) -> tuple[Region, ...]:
    """The boxes of all `NAMES`, in their order, around ``points`` (68, 2) in pixels.

    With ``size``, the picture's width and height in pixels, boxes are clipped to it, and a region that lies
    wholly outside is left out. Raises `BadOption` for points of another shape.
    """
    _check(points)
    reach = float(landmarks68.inter_ocular(points))
    found = (Region(name, _box(points[list(part)], pad * reach)) for name, (part, pad) in PARTS.items())
    if size is None:
        return tuple(found)
    inside = (Region(region.name, clip(region.box, *size)) for region in found)
    return tuple(region for region in inside if region.box.area > 0)


def clip(box: Box, width: int, height: int) -> Box:
    """The part of ``box`` within a picture of ``width`` x ``height`` pixels; without area where there is
    none."""
    x1, x2 = (min(max(x, 0.0), float(width)) for x in (box.x1, box.x2))
    y1, y2 = (min(max(y, 0.0), float(height)) for y in (box.y1, box.y2))
    return Box(x1, y1, x2, y2)


def slope(points: Floats) -> Floats:
    """The angle of the eye line in radians, (...) from (..., 68, 2); positive: clockwise on the picture."""
    left, right = _eyes(points)
    along = right - left
    return np.asarray(np.arctan2(along[..., 1], along[..., 0]), np.float32)


def upright(points: Floats) -> Floats:
    """``points`` (..., 68, 2) turned by the eye line, from the middle between the eyes, in inter-ocular
    distances.

    What is measured on them does not depend on the face's place, size and roll. Points whose outer eye
    corners coincide become NaN.
    """
    left, right = _eyes(points)
    centered = points - ((left + right) / 2)[..., None, :]
    size = landmarks68.inter_ocular(points)
    size = np.where(size > 0, size, np.nan)[..., None, None]
    return np.asarray(_turn(np.asarray(centered, np.float32), -slope(points)) / size, np.float32)


def crop_region(image: Image, points: Floats, name: str, size: tuple[int, int] | None = None) -> Image:
    """The region ``name`` (of `NAMES`) of the face with ``points`` (68, 2), turned upright by the eye line.

    ``image`` is (H, W) or (H, W, 3) uint8. The crop is ``size`` (width, height) pixels large; without it, it
    keeps the picture's scale. Beyond the picture its border is repeated. Raises `UnknownName` for another
    name and `BadOption` for what is no picture, and for points of another shape or that are not finite.
    """
    if name not in PARTS:
        raise UnknownName("region", name, PARTS)
    imageops.check(image)
    _check(points)
    if not np.isfinite(points).all():
        raise BadOption("Points that are NaN or infinite have no regions: give pixels of the picture.")
    part, pad = PARTS[name]
    angle = float(slope(points))
    box = _box(_turn(points[list(part)], np.float32(-angle)), pad * float(landmarks68.inter_ocular(points)))
    width, height = max(round(box.width), 1), max(round(box.height), 1)
    # From the crop's pixels to the picture's; OpenCV counts from the middle of the first pixel.
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = box.x1 + 0.5, box.y1 + 0.5
    matrix = np.array([[cos, -sin, x * cos - y * sin - 0.5], [sin, cos, x * sin + y * cos - 0.5]])
    crop = imageops.sampled(image, matrix, width, height)
    return imageops.resize(crop, *size) if size else crop


def _check(points: Floats) -> None:
    if points.shape != (68, 2):
        raise BadOption(
            f"Points of shape {points.shape} have no regions: give the 68 of a landmarker, (68, 2)."
        )


def _eyes(points: Floats) -> tuple[Floats, Floats]:
    """The centres of both eyes, (..., 2) each."""
    left = points[..., list(landmarks68.LEFT_EYE), :].mean(axis=-2)
    right = points[..., list(landmarks68.RIGHT_EYE), :].mean(axis=-2)
    return left, right


def _turn(points: Floats, angle: Floats | np.float32) -> Floats:
    """``points`` (..., N, 2) turned clockwise about the origin by ``angle`` (...), in radians."""
    cos, sin = np.cos(angle)[..., None], np.sin(angle)[..., None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)


def _box(points: Floats, pad: float) -> Box:
    (x1, y1), (x2, y2) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Box(x1 - pad, y1 - pad, x2 + pad, y2 + pad)
