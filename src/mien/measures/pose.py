"""Where a head points: roll, yaw and pitch from its facial points."""

import math
from typing import ClassVar

import numpy as np

from mien.errors import BadOption
from mien.measures._head import HEAD_5, HEAD_68, RIGID
from mien.measures.base import Measure
from mien.types import Face, Floats, Frame, Pose

_RIGID = list(RIGID)


class HeadPose(Measure):
    """Roll, yaw and pitch in degrees, with the signs of `mien.types.Pose`; see `pose`.

    From the 68 points alone: a detector's five tell little of the roll and nothing of the pitch.
    """

    columns: ClassVar[tuple[str, ...]] = ("roll", "yaw", "pitch")
    needs_landmarks: ClassVar[bool] = True

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        found = face.pose
        if found is None and face.landmarks is not None:
            found = pose(face.landmarks)
        return (found.roll, found.yaw, found.pitch) if found else (math.nan,) * 3


def pose(points: Floats) -> Pose | None:
    """The head's pose from 68 points in the iBUG order, (68, 2), or from a detector's five, (5, 2).

    ``points`` are in pixels, of any scale. The points of a generic head are turned and scaled until they fall
    nearest to the given ones (scaled orthography, as in DeMenthon and Davis, "Model-based object pose in 25
    lines of code", 1995). Five points must be exact, since one nose decides: of those that detectors give,
    only the yaw is worth reading (docs/measures.md). None where the points are no face: all in one place, or
    not finite. Raises `BadOption` for another number of points.
    """
    if points.shape == (68, 2):
        angles = HEAD_68.fit(points[_RIGID].astype(np.float64))
    elif points.shape == (5, 2):
        angles = HEAD_5.fit(points.astype(np.float64))
    else:
        raise BadOption(f"Points of shape {points.shape} have no pose: give (68, 2) or (5, 2), in pixels.")
    return Pose(*(math.degrees(angle) for angle in angles)) if angles else None
