"""The 68 points themselves, for tables: JSON lines hold them anyway."""

from typing import ClassVar

from mien import landmarks68
from mien.measures.base import Measure
from mien.types import Face, Frame


class FacePoints(Measure):
    """x and y of every point, in pixels of the picture; in the order of `mien.landmarks68`."""

    columns: ClassVar[tuple[str, ...]] = tuple(
        f"{axis}_{index}" for index in range(landmarks68.COUNT) for axis in "xy"
    )
    needs_landmarks: ClassVar[bool] = True

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        if face.landmarks is None:
            return (float("nan"),) * len(self.columns)
        return tuple(face.landmarks.ravel().tolist())
