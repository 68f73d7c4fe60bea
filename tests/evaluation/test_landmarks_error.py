import math

import numpy as np
import pytest

from face_points import template
from mien.evaluation import landmarks_error as figures
from mien.landmarks68 import REGIONS

GIVEN = template()[None] * 200
SIZE = float(np.linalg.norm(GIVEN[0, 45] - GIVEN[0, 36]))


def test_the_error_is_a_share_of_the_inter_ocular_distance() -> None:
    errors = figures.point_errors(GIVEN + np.array((0.03 * SIZE, 0.04 * SIZE), np.float32), GIVEN)
    assert errors.shape == (1, 68)
    assert figures.nme(errors) == pytest.approx(0.05, rel=1e-4)


def test_the_size_of_the_face_does_not_matter() -> None:
    found = GIVEN + np.float32(3)
    assert figures.nme(figures.point_errors(found * 5, GIVEN * 5)) == pytest.approx(
        figures.nme(figures.point_errors(found, GIVEN)), rel=1e-4
    )


def test_regions_are_told_apart() -> None:
    found = GIVEN.copy()
    found[:, list(REGIONS["mouth"]), 0] += 0.2 * SIZE
    regions = figures.by_region(figures.point_errors(found, GIVEN))
    assert regions == pytest.approx({"jaw": 0, "brows": 0, "nose": 0, "eyes": 0, "mouth": 0.2}, abs=1e-5)


def test_failures_count_faces_over_the_limit_and_those_missed() -> None:
    errors = np.array([0.02, 0.1, 0.11, 0.4], np.float32)
    assert figures.failure_rate(errors) == pytest.approx(0.5, abs=0.26)
    assert figures.failure_rate(np.array([0.02, 0.05, 0.11, 0.4]), missed=1) == pytest.approx(3 / 5)


def test_the_area_is_that_under_the_curve() -> None:
    errors = np.random.default_rng(0).uniform(0, 0.15, 500).astype(np.float32)
    levels, shares = figures.curve(errors, missed=20, steps=2001)
    under = np.trapezoid(shares, levels) / figures.LIMIT if hasattr(np, "trapezoid") else np.mean(shares)
    assert figures.area(errors, missed=20) == pytest.approx(under, abs=0.002)


@pytest.mark.parametrize(("errors", "area"), [([0.0, 0.0], 1.0), ([0.05], 0.5), ([0.1, 0.3], 0.0)])
def test_areas_known_by_heart(errors: list[float], area: float) -> None:
    assert figures.area(np.array(errors)) == pytest.approx(area)


def test_the_curve_rises_to_the_share_that_did_not_fail() -> None:
    errors = np.array([0.01, 0.02, 0.5])
    _, shares = figures.curve(errors, missed=1)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1 - figures.failure_rate(errors, missed=1))


def test_nothing_found_is_not_defined() -> None:
    none = np.empty((0, 68), np.float32)
    assert math.isnan(figures.nme(none))
    assert math.isnan(figures.failure_rate(none.mean(axis=1)))
    assert figures.failure_rate(np.empty(0), missed=3) == 1
    assert figures.area(np.empty(0), missed=3) == 0
    assert all(map(math.isnan, figures.interval(np.empty(0), [])))


def test_the_interval_holds_the_mean_and_is_drawn_by_person() -> None:
    random = np.random.default_rng(1)
    by_person = random.uniform(0.03, 0.07, 20)
    errors = np.repeat(by_person, 10).astype(np.float32)  # all pictures of a person are alike
    people = [str(index // 10) for index in range(200)]
    low, high = figures.interval(errors, people)
    assert low < errors.mean() < high
    alone = figures.interval(errors, [str(index) for index in range(200)])
    assert high - low > 2 * (alone[1] - alone[0])  # as if there were ten times as many
