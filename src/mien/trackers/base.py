"""What every tracker keeps to."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from mien.types import Detection


class Tracker(ABC):
    """Gives stable numbers to the faces of one stream. One object belongs to one stream and one thread."""

    @abstractmethod
    def update(self, detections: Sequence[Detection], time: float) -> list[int]:
        """The track of each detection of one frame, in order; ids count from 1 and are never used again.

        ``time`` is media time in seconds. Call it for every frame, also for those without a face.
        """

    @property
    @abstractmethod
    def alive(self) -> AbstractSet[int]:
        """The tracks that may still come back; whatever is kept for others can be dropped."""


PLUGIN = Tracker
