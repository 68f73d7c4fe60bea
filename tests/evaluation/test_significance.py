import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation.significance import mcnemar


def answers(both: int, first: int, second: int, none: int) -> tuple[np.ndarray, np.ndarray]:
    one = [True] * both + [True] * first + [False] * second + [False] * none
    two = [True] * both + [False] * first + [True] * second + [False] * none
    return np.array(one, bool), np.array(two, bool)


def test_few_disagreements_are_counted_exactly() -> None:
    found = mcnemar(*answers(50, 1, 7, 10))
    assert (found.first_only, found.second_only, found.method) == (1, 7, "exact")
    assert found.p == pytest.approx(2 * (1 + 8) / 2**8)


def test_many_use_the_corrected_statistic() -> None:
    # Edwards' correction: (|59 - 16| - 1)^2 / 75 = 23.52
    found = mcnemar(*answers(100, 59, 16, 80))
    assert found.method == "chi-squared"
    assert found.p == pytest.approx(math.erfc(math.sqrt(23.52 / 2)))
    assert found.p == pytest.approx(1.24e-6, rel=0.01)


def test_equals_do_not_differ() -> None:
    found = mcnemar(*answers(10, 0, 0, 3))
    assert (found.p, found.difference) == (1.0, 0.0)
    assert all(map(math.isnan, found.interval))  # none that is so narrow can be known
    assert mcnemar(*answers(10, 30, 30, 3)).p == 1.0


def test_where_one_alone_is_always_right_the_interval_has_no_width_and_is_none() -> None:
    for found in (mcnemar(*answers(0, 1, 0, 0)), mcnemar(*answers(0, 0, 30, 0))):
        assert abs(found.difference) == 1
        assert all(map(math.isnan, found.interval))


def test_no_pictures_no_difference() -> None:
    found = mcnemar(*answers(0, 0, 0, 0))
    assert math.isnan(found.difference)
    assert found.p == 1.0


@given(st.integers(0, 40), st.integers(0, 60), st.integers(0, 60), st.integers(0, 20))
def test_it_is_fair_to_both(both: int, first: int, second: int, none: int) -> None:
    one, two = answers(both, first, second, none)
    found, turned = mcnemar(one, two), mcnemar(two, one)
    assert found.p == pytest.approx(turned.p)
    assert 0 <= found.p <= 1
    if len(one):
        assert found.difference == pytest.approx(one.mean() - two.mean())
        if (first or second) and max(first, second) < len(one):
            assert -1 <= found.interval[0] <= found.difference <= found.interval[1] <= 1
        assert found.difference == pytest.approx(-turned.difference)


def test_the_exact_and_the_corrected_test_meet() -> None:
    # 25 disagreements are the first to be approximated; the exact value is near.
    p = mcnemar(*answers(0, 7, 18, 0)).p
    exact = 2 * sum(math.comb(25, k) for k in range(8)) / 2**25
    assert p == pytest.approx(exact, rel=0.1)
