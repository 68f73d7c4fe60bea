"""What every smoother keeps to."""

from abc import ABC, abstractmethod
from collections.abc import Set as AbstractSet

from mien.types import Floats


class Smoother(ABC):
    """Smooths each track's probabilities on its own. One object belongs to one stream and one thread."""

    @abstractmethod
    def update(self, track_id: int, probabilities: Floats, time: float) -> Floats:
        """The smoothed probabilities (K,) of ``track_id`` at media time ``time`` (s); they sum to 1."""

    @abstractmethod
    def keep(self, alive: AbstractSet[int]) -> None:
        """Forget every track that is not in ``alive``."""


PLUGIN = Smoother
