"""Where a head points: roll, yaw and pitch from its facial points."""

import math
from typing import ClassVar

import numpy as np

from mien.measures._head import HEAD_5, HEAD_68, RIGID
from mien.measures.base import Measure
from mien.types import Face, Floats, Frame, Pose

_RIGID = list(RIGID)


class HeadPose(Measure):
    """Roll, yaw and pitch in degrees, with the signs of `mien.types.Pose`; see `pose`."""

    columns: ClassVar[tuple[str, ...]] = ("roll", "yaw", "pitch")

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        found = face.pose or pose_of(face)
        return (found.roll, found.yaw, found.pitch) if found else (math.nan,) * 3


def pose_of(face: Face) -> Pose | None:
    """The pose from the best points that ``face`` has; None where it has none."""
    points = face.points if face.landmarks is None else face.landmarks
    return None if points is None else pose(points)


def pose(points: Floats) -> Pose | None:
    """The head's pose from 68 points in the iBUG order, (68, 2), or from a detector's five, (5, 2).

    ``points`` are in pixels, of any scale. The points of a generic head are turned and scaled until they fall
    nearest to the given ones (scaled orthography, as in DeMenthon and Davis, "Model-based object pose in 25
    lines of code", 1995). From five points pitch and yaw are rough, since one nose decides them. None where
    the points are no face: all in one place, or not finite.
    """
    if points.shape == (68, 2):
        angles = HEAD_68.fit(points[_RIGID].astype(np.float64))
    elif points.shape == (5, 2):
        angles = HEAD_5.fit(points.astype(np.float64))
    else:
        raise ValueError(f"points have shape {points.shape}: give (68, 2) or (5, 2).")
    return Pose(*(math.degrees(angle) for angle in angles)) if angles else None
