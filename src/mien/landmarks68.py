"""The 68 facial points of iBUG 300-W: which is which, their mirror, and what is measured by them.

Sagonas et al., "300 faces in-the-wild challenge: the first facial landmark localization challenge", ICCV
Workshops 2013. "Left" and "right" below are the picture's, for an upright face that looks at the camera.
"""

from types import MappingProxyType

import numpy as np

from mien.types import Floats

COUNT = 68

JAW = tuple(range(17))
"""From the picture's left ear over the chin (8) to the right ear."""
LEFT_BROW = tuple(range(17, 22))
RIGHT_BROW = tuple(range(22, 27))
NOSE = tuple(range(27, 36))
"""The bridge from above (27) to the tip (30), then the nostrils from left to right (31 to 35)."""
LEFT_EYE = tuple(range(36, 42))
"""Outer corner (36), two on the upper lid, inner corner (39), two on the lower lid from the inside out."""
RIGHT_EYE = tuple(range(42, 48))
"""Inner corner (42), two on the upper lid, outer corner (45), two on the lower lid from the outside in."""
MOUTH = tuple(range(48, 68))
"""The outer lip from the left corner (48) over the right one (54), then the inner lip likewise (60, 64)."""

BROWS = LEFT_BROW + RIGHT_BROW
EYES = LEFT_EYE + RIGHT_EYE
REGIONS = MappingProxyType({"jaw": JAW, "brows": BROWS, "nose": NOSE, "eyes": EYES, "mouth": MOUTH})

_PAIRS = (
    *((left, 16 - left) for left in range(8)),  # jaw
    *((left, 43 - left) for left in LEFT_BROW),
    *((31, 35), (32, 34)),  # nostrils
    *((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),  # eyes
    *((48, 54), (49, 53), (50, 52), (59, 55), (58, 56)),  # outer lip
    *((60, 64), (61, 63), (67, 65)),  # inner lip
)


def _mirror() -> tuple[int, ...]:
    partner = dict(_PAIRS) | {right: left for left, right in _PAIRS}
    return tuple(partner.get(index, index) for index in range(COUNT))


MIRROR = _mirror()
"""In a mirrored picture, point i is what point ``MIRROR[i]`` was."""


def mirrored(points: Floats, width: float) -> Floats:
    """``points`` (..., 68, 2) of a picture ``width`` wide, as they lie after a left-right flip."""
    flipped = points[..., list(MIRROR), :].copy()
    flipped[..., 0] = width - flipped[..., 0]
    return flipped


def inter_ocular(points: Floats) -> Floats:
    """The distance between the outer eye corners, (...) from (..., 68, 2), in its unit."""
    return np.asarray(np.linalg.norm(points[..., 45, :] - points[..., 36, :], axis=-1), np.float32)


def five_points(points: Floats) -> Floats:
    """Eye centres, nose tip and mouth corners, (..., 5, 2) from (..., 68, 2), in the order of detectors."""
    left, right = (points[..., list(eye), :].mean(axis=-2) for eye in (LEFT_EYE, RIGHT_EYE))
    rest = [points[..., index, :] for index in (30, 48, 54)]
    return np.asarray(np.stack([left, right, *rest], axis=-2), np.float32)
