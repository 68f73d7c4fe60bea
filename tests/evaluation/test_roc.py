import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation import roc


def slow_area(scores: list[float], positive: list[bool], weights: list[float]) -> float:
    """Every pair looked at: the definition itself."""
    won = whole = 0.0
    for one, is_one, weight in zip(scores, positive, weights, strict=True):
        for two, is_two, other in zip(scores, positive, weights, strict=True):
            if is_one and not is_two:
                whole += weight * other
                won += weight * other * (1.0 if one > two else 0.5 if one == two else 0.0)
    return won / whole if whole else float("nan")


# Few different scores: ties are the rule.
samples = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=25,
)


@given(samples)
def test_the_area_is_the_chance_to_rank_a_pair_rightly(rows: list[tuple[float, bool, int]]) -> None:
    scores, positive, weights = (list(column) for column in zip(*rows, strict=True))
    ranking = roc.Ranking(np.array(scores), np.array(positive))
    ones = [1.0] * len(scores)
    found = ranking.area(np.array([ones, weights], float))
    np.testing.assert_allclose(
        found, [slow_area(scores, positive, ones), slow_area(scores, positive, weights)]
    )


@given(samples)
def test_the_curve_rises_from_corner_to_corner_and_holds_the_area(
    rows: list[tuple[float, bool, int]],
) -> None:
    scores, positive, _ = (np.array(column) for column in zip(*rows, strict=True))
    false, true = roc.curve(scores, positive)
    if positive.all() or not positive.any():
        assert len(false) == 0
        return
    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    assert (np.diff(false) >= 0).all()
    assert (np.diff(true) >= 0).all()
    under = float(((true[1:] + true[:-1]) / 2 * np.diff(false)).sum())
    assert under == pytest.approx(roc.Ranking(scores, positive).area(np.ones((1, len(scores))))[0])


def test_a_long_curve_is_thinned() -> None:
    random = np.random.default_rng(0)
    scores, positive = random.random(5000), random.random(5000) < 0.3
    false, true = roc.curve(scores + positive * 0.2, positive, points=50)
    assert 20 < len(false) <= 50
    assert (false[-1], true[-1]) == (1, 1)


def test_a_label_without_a_sample_has_no_area() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1]])
    found = roc.areas(probabilities, np.array([0, 1]))
    assert found[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found[2])
    assert np.isnan(roc.areas(np.empty((0, 2)), np.empty(0, int))).all()
