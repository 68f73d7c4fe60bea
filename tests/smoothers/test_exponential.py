import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import registry
from mien.errors import BadOption
from mien.smoothers.exponential import Exponential
from mien.types import Floats

START = np.array([1, 0, 0, 0, 0, 0, 0], np.float32)
TARGET = np.array([0, 0.25, 0, 0.75, 0, 0, 0], np.float32)


def after(seconds: float, frames: int, tau: float = 0.35) -> Floats:
    """The value after a step from `START` to `TARGET`, seen in ``frames`` equal parts of ``seconds``."""
    smoother = Exponential(seconds=tau)
    value = smoother.update(1, START, 0.0)
    for frame in range(1, frames + 1):
        value = smoother.update(1, TARGET, seconds * frame / frames)
    return value


@given(st.floats(0.01, 5), st.integers(1, 60), st.floats(0.05, 3))
def test_time_counts_and_not_frames(seconds: float, frames: int, tau: float) -> None:
    np.testing.assert_allclose(after(seconds, frames, tau), after(seconds, 1, tau), atol=1e-4)


def test_after_the_time_constant_63_percent_are_there() -> None:
    assert after(0.35, 7)[3] == pytest.approx(0.75 * (1 - 1 / math.e), abs=1e-5)


def test_tracks_do_not_mix() -> None:
    smoother = Exponential()
    smoother.update(1, START, 0.0)
    np.testing.assert_array_equal(smoother.update(2, TARGET, 0.01), TARGET)
    assert smoother.update(1, START, 0.02)[0] == 1


def test_others_stay_when_one_is_forgotten() -> None:
    smoother = Exponential()
    smoother.update(1, START, 0.0)
    smoother.update(2, START, 0.0)
    smoother.keep({2})
    np.testing.assert_array_equal(smoother.update(1, TARGET, 0.01), TARGET)
    assert smoother.update(2, TARGET, 0.01)[0] > 0.9


def test_time_that_stands_still_or_goes_back_changes_nothing() -> None:
    smoother = Exponential()
    smoother.update(1, START, 10.0)
    np.testing.assert_array_equal(smoother.update(1, TARGET, 10.0), START)
    np.testing.assert_array_equal(smoother.update(1, TARGET, 5.0), START)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
def test_a_time_constant_that_cannot_be(seconds: str) -> None:
    with pytest.raises(BadOption, match="none"):
        registry.load("smoothers", f"exponential:seconds={seconds}")
