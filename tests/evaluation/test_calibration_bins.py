import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation import calibration
from mien.evaluation.calibration import calibration_error, reliability

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
TARGETS = np.array([0, 1, 1, 1])


def test_calibration_error_by_hand() -> None:
    # Confidences 0.7 and 0.6 in their own bins, right; 0.5 twice in one bin, one of them right.
    expected = (0.3 + 0.4 + abs(1.0 - 1)) / 4
    assert calibration_error(PROBABILITIES, TARGETS, bins=10) == pytest.approx(expected)


def test_bins_of_equal_mass_by_hand() -> None:
    bins = reliability(PROBABILITIES, TARGETS, bins=2, equal="mass")
    np.testing.assert_allclose(bins.confidence, [0.5, 0.65])
    np.testing.assert_allclose(bins.accuracy, [0.5, 1.0])
    assert bins.count.tolist() == [2, 2]
    assert bins.error == pytest.approx((0 + 0.35) / 2)


def test_an_upper_edge_belongs_to_its_bin_and_empty_bins_are_undefined() -> None:
    bins = reliability(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0]), bins=4)
    assert bins.count.tolist() == [0, 1, 0, 1]
    assert np.isnan(bins.accuracy).tolist() == [True, False, True, False]


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from(["width", "mass"]))
def test_every_sample_is_in_one_bin_and_the_error_is_theirs(
    seed: int, count: int, equal: calibration.Equal
) -> None:
    random = np.random.default_rng(seed)
    probabilities, targets = random.dirichlet(np.ones(4), count), random.integers(0, 4, count)
    bins = reliability(probabilities, targets, 7, equal)
    assert bins.count.sum() == count
    right = (probabilities.argmax(axis=1) == targets).sum()
    assert np.nansum(bins.accuracy * bins.count) == pytest.approx(right)
    assert 0 <= bins.error <= 1
    if equal == "mass":
        assert bins.count.max() - bins.count.min() <= 1
    else:
        assert bins.error == pytest.approx(_slow_error(probabilities, targets, 7))


def _slow_error(probabilities: np.ndarray, targets: np.ndarray, bins: int) -> float:
    total = 0.0
    for index in range(bins):
        inside = [
            (max(row), int(np.argmax(row)) == target)
            for row, target in zip(probabilities.tolist(), targets.tolist(), strict=True)
            if index / bins < max(row) <= (index + 1) / bins
        ]
        if inside:
            sure, right = (sum(values) / len(inside) for values in zip(*inside, strict=True))
            total += abs(sure - right) * len(inside)
    return total / len(targets)


def test_no_samples_give_no_figure() -> None:
    empty, none = np.empty((0, 3)), np.empty(0, np.int64)
    assert math.isnan(calibration_error(empty, none))
    assert math.isnan(calibration_error(empty, none, equal="mass"))
