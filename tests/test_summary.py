from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.labels import FER7
from mien.summary import Tally
from mien.types import Box, Expression, Face, FrameResult, SourceInfo

INFO = SourceInfo("clip", "file")


def result(time: float, label: str | None, track: int | None = 1, unsure: bool = False) -> FrameResult:
    faces: tuple[Face, ...] = ()
    if label is not None:
        row = np.array([label == name for name in FER7], np.float32)
        faces = (Face(Box(0, 0, 9, 9), 0.9, track_id=track, expression=Expression(FER7, row, unsure)),)
    return FrameResult("clip", 0, time, 20, 20, faces, {"detect": 2.0})


def test_a_frame_weighs_until_the_next_one() -> None:
    tally = Tally()
    for time, label in [(0.0, "sad"), (3.0, "happy"), (4.0, None), (5.0, None)]:
        tally.add(result(time, label))
    summary = tally.summary(INFO, seconds=2.0)
    assert summary.people == {1: {"sad": pytest.approx(0.75), "happy": pytest.approx(0.25)}}
    assert summary.without_face == pytest.approx(2 / 6)
    assert summary.media_seconds == pytest.approx(6.0)
    assert (summary.frames, summary.frames_with_face, summary.rate) == (4, 2, 2.0)
    assert summary.timings == {"detect": 2.0}


@pytest.mark.parametrize(("kind", "sad"), [("live", 10 / 15), ("file", 3600 / 3605)])
def test_an_hour_without_a_connection_is_not_the_last_frames(
    kind: Literal["live", "file"], sad: float
) -> None:
    info = SourceInfo("door", kind)
    tally = Tally.of(info)
    for time, label in [(0.0, "happy"), (4.0, "sad"), (3604.0, "happy"), (3605.0, None)]:
        tally.add(result(time, label))
    summary = tally.summary(info, seconds=1.0)
    assert summary.people[1]["sad"] == pytest.approx(sad)
    assert summary.media_seconds == pytest.approx(3606)


def test_pictures_weigh_the_same() -> None:
    tally = Tally()
    for label in ["sad", "happy", None, "happy"]:
        tally.add(result(0.0, label, track=None))
    summary = tally.summary(INFO, seconds=1.0)
    assert summary.people[None] == {"sad": pytest.approx(1 / 3), "happy": pytest.approx(2 / 3)}
    assert summary.without_face == pytest.approx(0.25)


def test_uncertain_faces_count_as_unsure() -> None:
    tally = Tally()
    tally.add(result(0.0, "sad", unsure=True))
    assert tally.summary(INFO, 1.0).people == {1: {"unsure": 1.0}}


def test_nothing_seen_is_a_summary_too() -> None:
    summary = Tally().summary(INFO, 0.0, partial="cut")
    assert (summary.frames, summary.people, summary.without_face, summary.rate) == (0, {}, 0.0, 0.0)
    assert summary.partial == "cut"


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from([*FER7, None]), st.integers(1, 3)), min_size=1))
def test_shares_sum_to_one(steps: list[tuple[float, str | None, int]]) -> None:
    tally, time = Tally(), 0.0
    for step, label, track in steps:
        tally.add(result(time, label, track))
        time += step
    summary = tally.summary(INFO, 1.0)
    assert 0 <= summary.without_face <= 1 + 1e-9
    for shares in summary.people.values():
        assert sum(shares.values()) == pytest.approx(1)


def test_faces_that_were_not_read_are_counted_apart() -> None:
    """They are faces, so the time is not without one; but no share of anybody's expressions is theirs."""
    tally = Tally()
    for time, label in [(0.0, "sad"), (1.0, "sad"), (2.0, "sad"), (4.0, None)]:
        seen = result(time, label)
        if time == 2.0:
            seen = replace(seen, faces=(replace(seen.faces[0], expression=None),))
        tally.add(seen)
    summary = tally.summary(INFO, seconds=1.0)
    assert summary.unread == pytest.approx(0.5)
    assert summary.people == {1: {"sad": 1.0}}
    assert summary.frames_with_face == 3
    assert Tally().summary(INFO, 0.0).unread == 0.0
