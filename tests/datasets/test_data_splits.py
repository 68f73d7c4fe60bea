import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.datasets._splits import by_subject, stratified
from mien.errors import BadOption

seeds = st.integers(0, 2**32 - 1)
shares = st.lists(st.floats(0.05, 1), min_size=1, max_size=4)
classes = st.lists(st.integers(0, 4), min_size=1, max_size=120).map(np.array)
faces = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4)), min_size=1, max_size=120)


@given(classes, shares, seeds)
def test_each_class_is_shared_out_to_less_than_one_sample(
    targets: np.ndarray, wanted: list[float], seed: int
) -> None:
    parts = stratified(targets, wanted, seed)
    for target in np.unique(targets):
        found = np.bincount(parts[targets == target], minlength=len(wanted))
        exact = np.array(wanted) / sum(wanted) * found.sum()
        assert len(found) == len(wanted)
        assert np.abs(found - exact).max() <= 1


@given(faces, shares, seeds)
def test_nobody_stands_in_two_parts(pairs: list[tuple[int, int]], wanted: list[float], seed: int) -> None:
    subjects, targets = np.array([f"S{who}" for who, _ in pairs]), np.array([target for _, target in pairs])
    people = set(subjects)
    if len(people) < len(wanted):
        with pytest.raises(BadOption, match="people"):
            by_subject(subjects, targets, wanted, seed)
        return
    parts = by_subject(subjects, targets, wanted, seed)
    assert all(len(set(parts[subjects == person])) == 1 for person in people)
    assert set(parts) == set(range(len(wanted)))  # none is empty


@given(faces, seeds)
def test_the_same_seed_draws_the_same_parts(pairs: list[tuple[int, int]], seed: int) -> None:
    subjects, targets = np.array([f"S{who}" for who, _ in pairs]), np.array([target for _, target in pairs])
    assert np.array_equal(stratified(targets, seed=seed), stratified(targets, seed=seed))
    if len(set(subjects)) >= 3:
        assert np.array_equal(
            by_subject(subjects, targets, seed=seed), by_subject(subjects, targets, seed=seed)
        )


def test_another_seed_draws_others() -> None:
    targets = np.repeat(np.arange(7), 40)
    assert not np.array_equal(stratified(targets, seed=0), stratified(targets, seed=1))


def test_people_are_shared_out_by_pictures_and_expressions() -> None:
    """100 people with 1 to 30 pictures each, some of one expression only: parts come within three points."""
    random = np.random.default_rng(3)
    people = np.repeat([f"P{number}" for number in range(100)], random.integers(1, 31, 100))
    liked = {person: random.integers(0, 4) for person in np.unique(people)}
    targets = np.array([liked[who] if random.random() < 0.6 else random.integers(0, 4) for who in people])
    parts = by_subject(people, targets, (0.8, 0.1, 0.1), seed=5)
    for part, share in enumerate((0.8, 0.1, 0.1)):
        assert (parts == part).mean() == pytest.approx(share, abs=0.03)
        for target in range(4):
            assert (parts[targets == target] == part).mean() == pytest.approx(share, abs=0.03)


def test_equal_shares_are_folds() -> None:
    people = np.repeat([f"P{number}" for number in range(20)], 5)
    parts = by_subject(people, np.zeros(100, np.int64), [1] * 10)
    assert np.bincount(parts).tolist() == [10] * 10


@pytest.mark.parametrize("wanted", [(), (0.5, 0.0), (1.0, -0.1)])
def test_shares_that_cannot_be_drawn_are_refused(wanted: tuple[float, ...]) -> None:
    with pytest.raises(BadOption, match="more than 0"):
        stratified(np.zeros(3, np.int64), wanted)
