"""Worked examples of FER+'s rules; columns: neutral, happy, surprise, sad, angry, disgust, fear, contempt,
unknown, no face."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.datasets import _votes

rows = st.lists(st.lists(st.integers(0, 10), min_size=10, max_size=10), min_size=1, max_size=20).map(np.array)


def found(rule: str, *votes: int) -> list[float]:
    row: list[float] = getattr(_votes, rule)(np.array([votes]))[0].astype(float).round(3).tolist()
    return row


NONE = [0.0] * 8


@pytest.mark.parametrize(
    ("votes", "place"),
    [
        ((6, 0, 0, 4, 0, 0, 0, 0, 0, 0), 0),
        ((4, 0, 0, 2, 1, 1, 1, 1, 0, 0), 0),  # single votes do not count: 4 of 6
        ((0, 0, 0, 0, 0, 0, 0, 7, 3, 0), 7),
    ],
)
def test_a_majority_is_more_than_half(votes: tuple[int, ...], place: int) -> None:
    assert np.flatnonzero(found("majority", *votes)).tolist() == [place]


@pytest.mark.parametrize(
    "votes",
    [
        (5, 0, 0, 5, 0, 0, 0, 0, 0, 0),  # half is no majority
        (4, 3, 3, 0, 0, 0, 0, 0, 0, 0),
        (2, 0, 0, 0, 0, 0, 0, 0, 8, 0),  # unknown
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 10),  # no face
        (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ],
)
def test_without_one_a_row_is_of_no_use(votes: tuple[int, ...]) -> None:
    assert found("majority", *votes) == NONE


def test_the_only_rater_there_is_counts() -> None:
    assert found("majority", 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)[1] == 1


@pytest.mark.parametrize(
    ("votes", "shares"),
    [
        ((8, 2, 0, 0, 0, 0, 0, 0, 0, 0), [1, 0, 0, 0, 0, 0, 0, 0]),  # 8 of 10 are enough
        ((5, 3, 2, 0, 0, 0, 0, 0, 0, 0), [0.625, 0.375, 0, 0, 0, 0, 0, 0]),
        ((4, 3, 3, 0, 0, 0, 0, 0, 0, 0), [0.4, 0.3, 0.3, 0, 0, 0, 0, 0]),
        ((6, 0, 0, 1, 0, 0, 0, 0, 3, 0), [1, 0, 0, 0, 0, 0, 0, 0]),  # unknown comes second: it ends there
        ((5, 0, 0, 0, 0, 0, 0, 0, 4, 1), [1, 0, 0, 0, 0, 0, 0, 0]),  # 5 of 9 are more than half
        ((4, 0, 0, 0, 0, 0, 4, 0, 2, 0), [0.5, 0, 0, 0, 0, 0, 0.5, 0]),
    ],
)
def test_the_likely_ones_share_the_row(votes: tuple[int, ...], shares: list[float]) -> None:
    assert found("shares", *votes) == shares


@pytest.mark.parametrize(
    "votes",
    [
        (2, 0, 0, 0, 0, 0, 0, 0, 5, 3),  # unknown leads
        (4, 0, 0, 0, 0, 0, 0, 0, 2, 4),  # the expression has half of the votes, no more
        (2, 2, 2, 2, 0, 0, 0, 0, 0, 0),  # four are tied
        (3, 0, 0, 0, 0, 0, 0, 0, 4, 3),
    ],
)
def test_what_nobody_can_tell_is_of_no_use(votes: tuple[int, ...]) -> None:
    assert found("shares", *votes) == NONE


def test_plain_shares_keep_every_vote_for_a_face() -> None:
    assert found("counts", 4, 1, 0, 0, 0, 0, 0, 0, 3, 2) == [0.8, 0.2, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    "votes",
    [
        (0, 0, 0, 0, 0, 0, 0, 0, 5, 5),
        (0, 1, 0, 0, 0, 0, 0, 0, 0, 9),  # no face: one vote does not make it a happy one
        (4, 1, 0, 0, 0, 0, 0, 0, 5, 0),  # unknown leads
        (4, 1, 0, 0, 0, 0, 0, 0, 4, 1),
    ],
)
def test_plain_shares_are_of_no_use_where_no_expression_leads(votes: tuple[int, ...]) -> None:
    assert found("counts", *votes) == NONE


@given(rows)
def test_rows_sum_to_one_or_to_nothing(votes: np.ndarray) -> None:
    for rule in (_votes.majority, _votes.shares, _votes.counts):
        sums = rule(votes).sum(axis=1)
        assert np.all((np.abs(sums - 1) < 1e-5) | (sums == 0))


@given(rows)
def test_a_majority_leads_the_likely_ones(votes: np.ndarray) -> None:
    agreed = _votes.majority(votes)
    for one, many in zip(agreed, _votes.shares(votes), strict=True):
        if one.any():
            assert many.argmax() == one.argmax()
