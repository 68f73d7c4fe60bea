"""Local binary patterns with eight neighbours at radius 1, and their histograms per facial region.

Ojala, Pietikainen and Maenpaa, "Multiresolution gray-scale and rotation invariant texture classification with
local binary patterns", IEEE TPAMI 24(7), 2002: "uniform" patterns have at most two changes between 0 and 1
around the circle; the others share one bin.
"""

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from mien import imageops, regions
from mien.types import Floats, Image

Bins = npt.NDArray[np.uint8]

SIZES = MappingProxyType(
    {
        "brow_left": (48, 24),
        "brow_right": (48, 24),
        "eye_left": (40, 24),
        "eye_right": (40, 24),
        "nose": (40, 56),
        "mouth": (56, 40),
    }
)
"""Width and height in pixels that a region is brought to, so that texture means the same at any face size."""

_DIAGONAL = float(np.sqrt(0.5))
# Neighbour p lies at the angle 2 pi p / 8, counted from the right against the clock: rows, columns (y down).
_OFFSETS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))


def patterns(gray: Image) -> Image:
    """The pattern of every pixel but the outermost, (H - 2, W - 2) uint8, of ``gray`` (H, W).

    Bit p is set where neighbour p is at least as bright as the pixel. Diagonal neighbours lie between pixels,
    on the circle of radius 1: bilinear.
    """
    pixels = gray.astype(np.float32)
    center = pixels[1:-1, 1:-1]
    found = np.zeros(center.shape, np.uint8)
    for bit, (down, right) in enumerate(_OFFSETS):
        found |= (_ahead(pixels, center, down, right) >= 0).astype(np.uint8) << bit
    return found


def _ahead(pixels: Floats, center: Floats, down: int, right: int) -> Floats:
    """How much brighter the neighbour is; differences are interpolated, so that flat ground is exactly 0."""
    if not down or not right:
        return _shifted(pixels, down, right) - center
    near, far = 1 - _DIAGONAL, _DIAGONAL
    beside = (_shifted(pixels, 0, right) - center) + (_shifted(pixels, down, 0) - center)
    return np.asarray(near * far * beside + far * far * (_shifted(pixels, down, right) - center), np.float32)


def _shifted(pixels: Floats, down: int, right: int) -> Floats:
    height, width = pixels.shape
    return pixels[1 + down : height - 1 + down, 1 + right : width - 1 + right]


def _changes(pattern: int) -> int:
    turned = (pattern >> 1) | ((pattern & 1) << 7)
    return (pattern ^ turned).bit_count()


_UNIFORM = tuple(pattern for pattern in range(256) if _changes(pattern) <= 2)

INVARIANT: Bins = np.array([p.bit_count() if p in _UNIFORM else 9 for p in range(256)], np.uint8)
"""Pattern to one of 10 bins, the same however the texture is turned: the number of bits set, 0 to 8; 9 for
patterns that are not uniform ("riu2")."""
ORIENTED: Bins = np.array([_UNIFORM.index(p) if p in _UNIFORM else 58 for p in range(256)], np.uint8)
"""Pattern to one of 59 bins: the uniform patterns by their value, then all others ("u2")."""


def histograms(image: Image, points: Floats, bins: Bins) -> Floats:
    """(6, number of bins) float32, shares that sum to 1, for each of `mien.regions.NAMES`.

    ``image`` is (H, W) or (H, W, 3) BGR uint8, ``points`` (68, 2) in its pixels; ``bins`` is `INVARIANT` or
    `ORIENTED`.
    """
    count = int(bins.max()) + 1
    rows = []
    for name in regions.NAMES:
        gray = imageops.gray(regions.crop_region(image, points, name, SIZES[name]))
        binned = bins[patterns(gray)]
        rows.append(np.bincount(binned.ravel(), minlength=count) / binned.size)
    return np.array(rows, np.float32)


def columns(prefix: str, bins: Bins) -> tuple[str, ...]:
    """``prefix_region_bin`` for each region and bin, as `histograms` raveled."""
    numbers = range(int(bins.max()) + 1)
    return tuple(f"{prefix}_{name}_{number}" for name in regions.NAMES for number in numbers)
