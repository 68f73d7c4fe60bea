import numpy as np
import pytest

from face_points import template
from mien.landmarks68 import inter_ocular
from mien.one_euro import PointFilter
from mien.types import Floats

FACE = template() * 100
SIZE = float(inter_ocular(FACE))


def run(points: list[Floats], rate: float = 30.0, **options: float) -> list[Floats]:
    steady = PointFilter(**options)
    return [steady.update(1, each, index / rate) for index, each in enumerate(points)]


def trembling(count: int, deviation: float = 0.01, seed: int = 0) -> list[Floats]:
    random = np.random.default_rng(seed)
    noise = random.standard_normal((count, 68, 2)) * deviation * SIZE
    return [(FACE + each).astype(np.float32) for each in noise]


def ways(points: list[Floats]) -> float:
    return float(np.sqrt(np.mean(np.diff(np.stack(points), axis=0) ** 2)))


def test_the_first_points_pass_as_they_are() -> None:
    given = FACE.copy()
    found = PointFilter().update(1, given, 3.0)
    np.testing.assert_array_equal(found, FACE)
    found += 1  # the caller may do with it what it likes
    np.testing.assert_array_equal(given, FACE)


def test_a_still_face_trembles_a_quarter_as_much() -> None:
    raw = trembling(60)
    assert ways(run(raw)[15:]) < 0.25 * ways(raw[15:])


def test_a_still_face_stays_in_its_place() -> None:
    found = run(trembling(90))
    assert np.abs(np.mean(found[30:], axis=0) - FACE).max() < 0.01 * SIZE


def test_a_fast_face_is_followed() -> None:
    """Two inter-ocular distances a second: at most a fifteenth of one behind."""
    moving = [FACE + np.array((2 * SIZE * index / 30, 0), np.float32) for index in range(40)]
    behind = np.linalg.norm(run(moving)[-1] - moving[-1], axis=1)
    assert behind.max() < SIZE / 15


def test_the_size_of_the_face_does_not_matter() -> None:
    raw = trembling(30, 0.05)
    small, large = run(raw), run([each * 7 for each in raw])
    np.testing.assert_allclose(np.stack(small) * 7, np.stack(large), rtol=1e-3)


def test_the_frame_rate_hardly_matters() -> None:
    """The same slow movement, seen 20 and 60 times a second."""
    ends = []
    for rate in (20, 60):
        path = [FACE + np.float32(0.3 * SIZE * np.sin(index / rate)) for index in range(2 * rate + 1)]
        ends.append(run(path, rate)[-1])
    assert np.abs(ends[0] - ends[1]).max() < 0.02 * SIZE


def test_tracks_know_nothing_of_each_other() -> None:
    steady = PointFilter()
    steady.update(1, FACE, 0.0)
    np.testing.assert_array_equal(steady.update(2, FACE + 50, 0.0), FACE + 50)


@pytest.mark.parametrize("later", [1.0, -0.5])
def test_after_a_gap_or_a_jump_back_it_starts_afresh(later: float) -> None:
    steady = PointFilter()
    steady.update(1, FACE, 1.0)
    np.testing.assert_array_equal(steady.update(1, FACE + 50, 1.0 + later), FACE + 50)


def test_the_same_moment_twice_gives_the_same_points() -> None:
    steady = PointFilter()
    steady.update(1, FACE, 0.0)
    first = steady.update(1, FACE + 2, 0.1)
    np.testing.assert_array_equal(steady.update(1, FACE + 2, 0.1), first)


def test_forgotten_tracks_start_afresh() -> None:
    for forget in (lambda steady: steady.keep(frozenset({2})), lambda steady: steady.reset()):
        steady = PointFilter()
        steady.update(1, FACE, 0.0)
        forget(steady)
        np.testing.assert_array_equal(steady.update(1, FACE + 5, 0.03), FACE + 5)


def test_kept_tracks_go_on() -> None:
    steady = PointFilter()
    steady.update(1, FACE, 0.0)
    steady.keep(frozenset({1}))
    assert np.abs(steady.update(1, FACE + 5, 0.03) - FACE).max() < 5


def test_eyes_that_fall_together_do_no_harm() -> None:
    found = run([np.zeros((68, 2), np.float32), np.ones((68, 2), np.float32)])
    assert np.isfinite(found[1]).all()
