"""No smoothing: each frame speaks for itself."""

from collections.abc import Set as AbstractSet

from mien.smoothers.base import Smoother
from mien.types import Floats


class Unsmoothed(Smoother):
    """Passes probabilities through unchanged."""

    def update(self, track_id: int, probabilities: Floats, time: float) -> Floats:
        return probabilities

    def keep(self, alive: AbstractSet[int]) -> None:
        pass
