"""What a run amounted to: per person the share of time of each expression, and the share without a face."""

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from mien.types import FrameResult, SourceInfo

UNSURE = "unsure"
STOPPED = "Stopped by hand."
"""`RunSummary.partial` of a file or pictures after Ctrl-C."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The outcome of one source.

    ``people`` maps each track (None: all faces of unrelated pictures) to label -> share of the time in
    which that person's expression was read, in [0, 1]; faces too uncertain to name count as "unsure".
    ``without_face`` is the share of the whole time; ``unread`` the share of the faces, by time, whose
    expression was not read, being of too little quality. ``seconds`` is what the run took, ``media_seconds``
    what it covered. ``timings`` are median milliseconds by stage. ``partial`` says why the source broke off,
    ``failures`` lists (name, reason) of pictures that could not be read.
    """

    info: SourceInfo
    frames: int
    frames_with_face: int
    seconds: float
    media_seconds: float
    people: Mapping[int | None, Mapping[str, float]]
    without_face: float
    timings: Mapping[str, float]
    dropped: int = 0
    partial: str | None = None
    failures: tuple[tuple[str, str], ...] = ()
    unread: float = 0.0

    @property
    def rate(self) -> float:
        """Frames per second of wall time."""
        return self.frames / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Tally:
    """Adds results up into a `RunSummary`, in memory that does not grow with the length of the run.

    A frame counts for the time until the next one, so that a variable frame rate weighs rightly, but for
    no more than ``longest`` seconds; where media time stands still (pictures), every frame counts the same.
    """

    frames: int = 0
    frames_with_face: int = 0
    first_time: float = 0.0
    _last: FrameResult | None = None
    _step: float = 0.0
    _total: float = 0.0
    _faceless: float = 0.0
    _seen: float = 0.0
    _unread: float = 0.0
    _shares: dict[int | None, dict[str, float]] = field(default_factory=dict)
    _timings: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    longest: float = math.inf

    @classmethod
    def of(cls, info: SourceInfo) -> Self:
        """An empty account of ``info``. A live source may be away for hours, which its last frame before that
        must not stand for; a file's frame is shown until the next one."""
        return cls(longest=_LIVE_GAP if info.kind == "live" else math.inf)

    def add(self, result: FrameResult) -> None:
        """Count one more frame."""
        if self._last is None:
            self.first_time = result.time
        else:
            self._step = min(max(result.time - self._last.time, 0.0), self.longest)
            self._weigh(self._last)
        self._last = result
        self.frames += 1
        self.frames_with_face += bool(result.faces)
        for stage, ms in result.timings.items():
            kept = self._timings[stage]
            if len(kept) >= _KEPT:  # the newest timings replace the oldest
                kept[self.frames % _KEPT] = ms
            else:
                kept.append(ms)

    def summary(
        self,
        info: SourceInfo,
        seconds: float,
        *,
        dropped: int = 0,
        partial: str | None = None,
        failures: tuple[tuple[str, str], ...] = (),
    ) -> RunSummary:
        """Close the account; call it once, after the last frame."""
        media_seconds = 0.0
        if self._last is not None:
            media_seconds = self._last.time - self.first_time + self._step
            self._weigh(self._last)
            self._last = None
        return RunSummary(
            info=info,
            frames=self.frames,
            frames_with_face=self.frames_with_face,
            seconds=seconds,
            media_seconds=media_seconds,
            people={person: _normalised(shares) for person, shares in self._shares.items()},
            without_face=self._faceless / self._total if self._total else 0.0,
            timings={stage: statistics.median(values) for stage, values in self._timings.items()},
            dropped=dropped,
            partial=partial,
            failures=failures,
            unread=self._unread / self._seen if self._seen else 0.0,
        )

    def _weigh(self, result: FrameResult) -> None:
        weight = self._step or 1e-9
        self._total += weight
        self._faceless += 0.0 if result.faces else weight
        for face in result.faces:
            self._seen += weight
            if face.expression is None:
                self._unread += weight
                continue
            label = UNSURE if face.expression.unsure else face.expression.label
            shares = self._shares.setdefault(face.track_id, {})
            shares[label] = shares.get(label, 0.0) + weight


_KEPT = 4096
_LIVE_GAP = 10.0
"""Seconds without a picture after which a stream counts as frozen, too (`mien.sources.network`)."""


def _normalised(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {label: value / total for label, value in shares.items()}
