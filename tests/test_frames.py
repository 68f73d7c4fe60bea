import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import PartialSource
from mien.frames import ahead, between, timed
from mien.types import Frame

BLANK = np.zeros((2, 2, 3), np.uint8)


@given(st.lists(st.integers()), st.integers(1, 5))
def test_ahead_loses_nothing_and_keeps_the_order(items: list[int], depth: int) -> None:
    assert list(ahead(iter(items), depth)) == items


def test_ahead_runs_no_further_than_its_depth() -> None:
    made: list[int] = []
    third = threading.Event()

    def produce() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    stream = ahead(produce(), 2)
    next(stream)
    assert third.wait(5)
    stream.close()
    assert len(made) <= 5  # one taken, two waiting, one or two in hand


def test_ahead_raises_the_producers_error_after_its_items() -> None:
    def produce() -> Iterator[int]:
        yield 1
        raise PartialSource("cut")

    stream = ahead(produce(), 3)
    assert next(stream) == 1
    with pytest.raises(PartialSource, match="cut"):
        next(stream)


def test_leaving_early_stops_the_thread() -> None:
    stream = ahead(iter(range(1000)), 2)
    next(stream)
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "mien-decode"]


def test_between_is_half_open() -> None:
    frames = [(Frame(BLANK, index, index / 2), 0.0) for index in range(10)]
    times = [frame.time for frame, _ in between(iter(frames), 1.0, 2.5)]
    assert times == [1.0, 1.5, 2.0]


def test_timed_counts_only_the_wait_for_the_frame() -> None:
    frames = [Frame(BLANK, index) for index in range(3)]
    timings = [ms for _, ms in timed(frames)]
    assert len(timings) == 3
    assert all(ms >= 0 for ms in timings)
