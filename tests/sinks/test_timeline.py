"""Thinning that keeps the extremes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("plotly")
from mien.drawing.charts import UNSURE
from mien.sinks._people import Account
from mien.sinks._timeline import Timeline
from mien.testing import blank_frame
from mien.types import Box, Expression, Face, FrameResult, SourceInfo

LABELS = ("happy", "sad")


def expression(happy: float, *, unsure: bool = False) -> Expression:
    return Expression(LABELS, np.array([happy, 1 - happy], np.float32), unsure)


def timeline(values: list[float], step: float = 0.1, limit: int = 600) -> Timeline:
    made = Timeline(LABELS, limit)
    for index, value in enumerate(values):
        made.add(index * step, expression(value))
    return made


def test_a_short_timeline_is_exact() -> None:
    made = timeline([0.2, 0.9, 0.4])
    assert made.lines()["happy"].times == pytest.approx([0.0, 0.1, 0.2])
    assert made.lines()["sad"].values == pytest.approx([0.8, 0.1, 0.6])
    assert (made.first, made.last, made.seconds) == pytest.approx((0.0, 0.2, 0.2))
    assert [span.label for span in made.strip()] == ["sad", "happy", "sad"]


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=300), st.integers(4, 20))
def test_thinned_lines_are_short_rise_in_time_and_keep_the_extremes(values: list[float], limit: int) -> None:
    line = timeline(values, limit=limit).lines()["happy"]
    assert len(line.times) <= 2 * limit
    assert list(line.times) == sorted(line.times)
    assert max(line.values) == pytest.approx(max(values))
    assert min(line.values) == pytest.approx(min(values))


def test_out_of_sight_interrupts_the_line_and_the_strip() -> None:
    made = Timeline(LABELS)
    for time in (0.0, 0.1, 0.2, 5.0, 5.1):
        made.add(time, expression(0.9))
    assert list(made.lines()["happy"].times) == pytest.approx([0.0, 0.1, 0.2, None, 5.0, 5.1])
    first, second = made.strip()
    assert (first.start, first.end) == pytest.approx((0.0, 0.3))
    assert second.start == 5.0
    assert made.seconds == pytest.approx(0.3)


def test_many_gaps_cannot_make_it_grow() -> None:
    made = timeline([0.5] * 500, step=2.0, limit=20)
    assert len(made.lines()["happy"].times) <= 3 * 20


def test_unsure_time_is_told_apart() -> None:
    made = Timeline(LABELS)
    made.add(0.0, expression(0.6, unsure=True))
    made.add(0.1, expression(0.9))
    assert [span.label for span in made.strip()] == [UNSURE, "happy"]


def test_frames_far_apart_do_not_interrupt_the_line() -> None:
    info = SourceInfo("script", "file", duration=20.0)
    account = Account(info, thumbnails=False)
    for index in range(10):
        face = Face(Box(0, 0, 40, 40), 1.0, track_id=1, expression=expression(0.9))
        frame = blank_frame(64, 48, index=index, time=2.0 * index)
        account.add(frame, FrameResult("script", index, frame.time, 64, 48, (face,)))
    line = account.people[1].timeline
    assert line.seconds == pytest.approx(18)
    assert None not in line.lines()["happy"].times
    assert [(span.start, span.end) for span in line.strip()] == [(0.0, 20.0)]
