"""Exponential smoothing by elapsed time: the same at 5 and at 60 frames a second."""

import math
from collections.abc import Set as AbstractSet

import numpy as np

from mien.errors import BadOption
from mien.smoothers.base import Smoother
from mien.types import Floats


class Exponential(Smoother):
    """A first-order low-pass filter per track.

    After ``seconds`` a step in the input is followed to 63 % (1 - 1/e). A track's first value passes through.
    """

    def __init__(self, seconds: float = 0.35) -> None:
        if not seconds > 0:
            raise BadOption(
                f"seconds={seconds} is not a positive time. Use the smoother 'none' for no smoothing."
            )
        self._seconds = seconds
        self._tracks: dict[int, tuple[float, Floats]] = {}

    def update(self, track_id: int, probabilities: Floats, time: float) -> Floats:
        if track_id not in self._tracks:
            self._tracks[track_id] = (time, probabilities)
            return probabilities
        before, smooth = self._tracks[track_id]
        weight = 1 - math.exp(-max(time - before, 0.0) / self._seconds)
        mixed = np.asarray(smooth + weight * (probabilities - smooth), np.float32)
        self._tracks[track_id] = (max(time, before), mixed)
        return mixed

    def keep(self, alive: AbstractSet[int]) -> None:
        self._tracks = {track: state for track, state in self._tracks.items() if track in alive}
