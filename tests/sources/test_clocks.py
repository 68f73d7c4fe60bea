import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.sources import _clocks
from mien.sources._clocks import LiveClock, MediaClock

STAMPS = st.lists(st.none() | st.floats(-1e6, 1e6), max_size=50)


@given(STAMPS, st.none() | st.floats(-1e3, 1e3))
def test_media_times_never_fall_and_start_at_zero_or_later(
    stamps: list[float | None], start: float | None
) -> None:
    clock = MediaClock(start, 0.04)
    times = [clock.seconds(stamp) for stamp in stamps]
    assert times == sorted(times)
    assert all(time >= 0 for time in times)


def test_stamps_count_from_the_start() -> None:
    clock = MediaClock(10.0, 0.1)
    assert [clock.seconds(stamp) for stamp in (10.0, 10.1, 10.7)] == pytest.approx([0.0, 0.1, 0.7])


def test_frames_without_stamps_follow_by_the_nominal_rate() -> None:
    clock = MediaClock(None, 0.25)
    assert [clock.seconds(None) for _ in range(4)] == [0, 0.25, 0.5, 0.75]


def test_stamps_that_start_again_go_on_from_where_they_stood() -> None:
    clock = MediaClock(0.0, 0.5)
    assert [clock.seconds(stamp) for stamp in (0.0, 5.0, 1.0, 1.5)] == [0.0, 5.0, 5.5, 6.0]


def test_a_small_step_back_is_held() -> None:
    clock = MediaClock(0.0, 0.5)
    assert [clock.seconds(stamp) for stamp in (0.0, 0.4, 0.2, 0.6)] == [0.0, 0.4, 0.4, 0.6]


class Time:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(_clocks, "time", clock)
    return clock


def test_live_stamps_count_where_they_keep_step(machine: Time) -> None:
    clock = LiveClock()
    assert clock.seconds(7000.0) == 0
    machine.now += 0.3  # late by the network
    assert clock.seconds(7000.1) == pytest.approx(0.1)


def test_the_machines_clock_takes_over_when_stamps_drift_or_are_absent(machine: Time) -> None:
    clock = LiveClock()
    clock.seconds(0.0)
    machine.now += 10
    assert clock.seconds(1.0) == pytest.approx(10)
    assert clock.seconds(1.1) == pytest.approx(10.1)
    machine.now += 5
    assert clock.seconds(None) == pytest.approx(15)


def test_a_new_connection_with_other_stamps_goes_on(machine: Time) -> None:
    clock = LiveClock()
    clock.seconds(50.0)
    machine.now += 4
    clock.restart()
    assert clock.seconds(49.5) == pytest.approx(4)


@given(STAMPS)
def test_live_times_never_fall(stamps: list[float | None]) -> None:
    clock = LiveClock()
    times = [clock.seconds(stamp) for stamp in stamps]
    assert times == sorted(times)
