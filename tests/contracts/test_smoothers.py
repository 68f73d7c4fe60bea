"""What every smoother keeps to."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien import registry
from mien.smoothers.base import Smoother
from mien.types import Floats

weights = st.lists(st.floats(0.01, 1), min_size=7, max_size=7)
steps = st.lists(st.tuples(st.integers(1, 3), weights, st.floats(0, 2)), min_size=1, max_size=30)


@pytest.fixture(params=registry.names("smoothers"))
def name(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def load(name: str) -> Smoother:
    smoother: Smoother = registry.load("smoothers", name)
    return smoother


def row(values: list[float]) -> Floats:
    return np.asarray(values, np.float32) / np.float32(sum(values))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps)
def test_stays_a_distribution_within_what_its_track_saw(
    name: str, scene: list[tuple[int, list[float], float]]
) -> None:
    smoother, time = load(name), 0.0
    seen: dict[int, list[Floats]] = {}
    for track, values, step in scene:
        time += step
        seen.setdefault(track, []).append(row(values))
        smooth = smoother.update(track, row(values), time)
        assert smooth.dtype == np.float32
        assert smooth.sum() == pytest.approx(1, abs=1e-4)
        assert (smooth <= np.max(seen[track], axis=0) + 1e-5).all()
        assert (smooth >= np.min(seen[track], axis=0) - 1e-5).all()


def test_the_first_value_passes(name: str) -> None:
    value = row([1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_allclose(load(name).update(1, value, 3.0), value)


def test_a_forgotten_track_begins_anew(name: str) -> None:
    smoother, first, second = load(name), row([7, 1, 1, 1, 1, 1, 1]), row([1, 1, 1, 1, 1, 1, 7])
    smoother.update(1, first, 0.0)
    smoother.keep(set())
    np.testing.assert_allclose(smoother.update(1, second, 0.01), second)


def test_input_stays_as_it_is(name: str) -> None:
    smoother, value = load(name), row([1, 2, 3, 4, 5, 6, 7])
    before = value.copy()
    for time in (0.0, 0.1, 0.2):
        smoother.update(1, value, time)[:] *= 1  # what comes back may be written to by the caller
        smoother.update(1, row([7, 6, 5, 4, 3, 2, 1]), time + 0.05)
    np.testing.assert_array_equal(value, before)
