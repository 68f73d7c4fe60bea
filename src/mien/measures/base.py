"""What every measure of a face keeps to."""

from abc import ABC, abstractmethod
from typing import ClassVar

from mien.types import Face, Frame


class Measure(ABC):
    """Numbers about one face, for tables and the page. One object belongs to one stream and one thread."""

    columns: ClassVar[tuple[str, ...]]
    """The names of the numbers, unique over all measures: table columns, in order."""
    needs_landmarks: ClassVar[bool] = False
    """Whether it is computed from the 68 points."""

    @abstractmethod
    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        """One number per column for ``face`` of ``frame``; NaN where it cannot be told."""

    def keep(self, tracks: frozenset[int]) -> None:
        """Forget what is kept for tracks that are not among ``tracks``."""


PLUGIN = Measure
