"""One person's expressions over time, in memory that does not grow with the length of the run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien.drawing.charts import UNSURE, Line, Span
from mien.types import Expression, Floats

Times = npt.NDArray[np.float64]
LIMIT = 600
"""Buckets kept: each gives two points of a line, its lowest and its highest."""
OUT_OF_SIGHT = 1.0
"""A person who is not seen for longer, in seconds, interrupts the line."""


@dataclass(slots=True)
class _Bucket:
    """Neighbouring moments: per label the lowest and the highest value, and when; time by leading label."""

    start: float
    end: float
    low: Floats
    low_at: Times
    high: Floats
    high_at: Times
    leading: dict[str, float]

    def absorb(self, other: "_Bucket") -> None:
        """Take in the next bucket in time."""
        lower, higher = other.low < self.low, other.high > self.high
        self.low_at, self.high_at = (
            np.where(lower, other.low_at, self.low_at),
            np.where(higher, other.high_at, self.high_at),
        )
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.end = other.end
        for label, seconds in other.leading.items():
            self.leading[label] = self.leading.get(label, 0.0) + seconds


class Timeline:
    """Takes one expression after the other; keeps the extremes when it has to thin them out."""

    def __init__(self, labels: tuple[str, ...], limit: int = LIMIT) -> None:
        self.labels = labels
        self.seconds = 0.0
        """For how long the person was in sight."""
        self.gap = OUT_OF_SIGHT
        """Longer where frames lie further apart."""
        self._limit = limit
        self._buckets: list[_Bucket] = []
        self._per_bucket = 1
        self._in_last = 0
        self._step = 0.0

    @property
    def first(self) -> float:
        return self._buckets[0].start if self._buckets else 0.0

    @property
    def last(self) -> float:
        return self._buckets[-1].end if self._buckets else 0.0

    def add(self, time: float, expression: Expression) -> None:
        """The expression at ``time`` (s); times rise."""
        joined = bool(self._buckets) and time - self.last <= self.gap
        if joined:
            self._step = time - self.last
            self.seconds += self._step
        leader = UNSURE if expression.unsure else expression.label
        values = np.asarray(expression.probabilities, np.float32)
        at = np.full(len(values), time, np.float64)
        bucket = _Bucket(time, time, values, at, values, at, {leader: self._step or 1e-3})
        if joined and self._in_last < self._per_bucket:
            self._buckets[-1].absorb(bucket)
            self._in_last += 1
            return
        self._buckets.append(bucket)
        self._in_last = 1
        if len(self._buckets) > self._limit:
            self._thin()

    def lines(self) -> dict[str, Line]:
        """The probability of each label over time, interrupted where the person was out of sight."""
        return {label: self._line(index) for index, label in enumerate(self.labels)}

    def strip(self) -> list[Span]:
        """The leading expression, or "unsure", from moment to moment; neighbours that agree are one."""
        spans: list[Span] = []
        for bucket, following in self._followed():
            label = max(bucket.leading, key=lambda name: bucket.leading[name])
            gap = following is None or following - bucket.end > self.gap
            end = bucket.end + self._step if gap or following is None else following
            if spans and spans[-1].label == label and spans[-1].end == bucket.start:
                spans[-1] = Span(spans[-1].start, end, label)
            else:
                spans.append(Span(bucket.start, end, label))
        return spans

    def _line(self, index: int) -> Line:
        times: list[float | None] = []
        values: list[float | None] = []
        for bucket, following in self._followed():
            low = (float(bucket.low_at[index]), float(bucket.low[index]))
            high = (float(bucket.high_at[index]), float(bucket.high[index]))
            for time, value in sorted({low, high}):
                times.append(time)
                values.append(value)
            if following is not None and following - bucket.end > self.gap:
                times.append(None)
                values.append(None)
        return Line(times, values)

    def _followed(self) -> Iterator[tuple[_Bucket, float | None]]:
        """Each bucket, with the time at which the next one starts."""
        starts: Sequence[float | None] = [*(bucket.start for bucket in self._buckets[1:]), None]
        return zip(self._buckets, starts, strict=True)

    def _thin(self) -> None:
        """Join neighbours in pairs; across a gap only where they would still be too many."""
        for across in (False, True):
            joined: list[_Bucket] = []
            open_for_more = False
            for bucket in self._buckets:
                if open_for_more and (across or bucket.start - joined[-1].end <= self.gap):
                    joined[-1].absorb(bucket)
                    open_for_more = False
                else:
                    joined.append(bucket)
                    open_for_more = True
            self._buckets = joined
            if len(joined) <= 0.75 * self._limit:
                break
        self._per_bucket *= 2
        self._in_last = self._per_bucket
