"""The One Euro filter: still points stay still, and fast ones do not lag behind.

Casiez, Roussel and Vogel, "1 € filter: a simple speed-based low-pass filter for noisy input in interactive
systems", CHI 2012.
"""

import math
from dataclasses import dataclass

import numpy as np

from mien.landmarks68 import inter_ocular
from mien.types import Floats

SPEED_CUTOFF = 1.0
"""Hz at which the speed itself is smoothed, as in the paper."""


@dataclass(frozen=True, slots=True)
class _State:
    time: float
    points: Floats
    speed: Floats
    """Inter-ocular distances per second, (68, 2)."""


class PointFilter:
    """Smooths the 68 points of every track of one stream. Not for several threads at once.

    ``cutoff`` is the frequency (Hz) under which a still point may move: lower is calmer. ``slope`` raises it
    with the speed, by Hz per inter-ocular distance and second: higher follows faster. Speed is measured by
    the face's own size, so near and far faces are treated alike; and by time, so the frame rate does not
    matter. A track that was away for more than ``longest_gap`` seconds starts afresh.
    """

    def __init__(self, cutoff: float = 0.5, slope: float = 8.0, longest_gap: float = 0.5) -> None:
        self._cutoff, self._slope, self._longest_gap = cutoff, slope, longest_gap
        self._states: dict[int, _State] = {}

    def update(self, track_id: int, points: Floats, time: float) -> Floats:
        """``points`` (68, 2) of track ``track_id`` at media time ``time`` (s), smoothed; a new array."""
        before = self._states.get(track_id)
        elapsed = math.inf if before is None else time - before.time
        if before is None or not 0 <= elapsed <= self._longest_gap:
            state = _State(time, points.astype(np.float32), np.zeros_like(points, np.float32))
        elif elapsed == 0:  # the same frame again
            state = before
        else:
            state = self._next(before, points, time)
        self._states[track_id] = state
        return state.points.copy()

    def keep(self, tracks: frozenset[int]) -> None:
        """Forget the tracks that are not among ``tracks``."""
        self._states = {track: state for track, state in self._states.items() if track in tracks}

    def reset(self) -> None:
        """Forget everything, as after a jump in the stream."""
        self._states.clear()

    def _next(self, before: _State, points: Floats, time: float) -> _State:
        elapsed = time - before.time
        size = max(float(inter_ocular(points)), 1.0)  # a pixel, should the eyes fall together
        speed = (points - before.points) / (size * elapsed)
        speed = before.speed + _share(SPEED_CUTOFF, elapsed) * (speed - before.speed)
        fastness = np.linalg.norm(speed, axis=1, keepdims=True)  # (68, 1): both axes of a point alike
        share = _share(self._cutoff + self._slope * fastness, elapsed)
        smooth = before.points + share * (points - before.points)
        return _State(time, np.asarray(smooth, np.float32), np.asarray(speed, np.float32))


def _share(cutoff: float | Floats, elapsed: float) -> float | Floats:
    """What the new value weighs in a low-pass filter of ``cutoff`` Hz after ``elapsed`` seconds."""
    turn = 2 * math.pi * elapsed * cutoff
    return turn / (turn + 1)
