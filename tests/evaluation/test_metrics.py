import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation import calibration, metrics

# Three classes, four samples; worked out by hand.
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
TARGETS = np.array([0, 1, 1, 1])


@st.composite
def answers(draw: st.DrawFn) -> tuple[metrics.Array, metrics.Targets]:
    classes, count = draw(st.integers(2, 7)), draw(st.integers(1, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random.dirichlet(np.ones(classes), count), random.integers(0, classes, count)


def test_accuracy_counts_the_most_probable() -> None:
    assert metrics.accuracy(PROBABILITIES, TARGETS) == 0.75
    assert metrics.accuracy(PROBABILITIES, TARGETS, top=2) == 1.0


def test_confusion_has_the_truth_in_its_rows() -> None:
    assert metrics.confusion(PROBABILITIES, TARGETS).tolist() == [[1, 0, 0], [1, 2, 0], [0, 0, 0]]


def test_per_class_figures_and_their_undefined_ones() -> None:
    each = metrics.per_class(metrics.confusion(PROBABILITIES, TARGETS))
    np.testing.assert_allclose(each.precision, [0.5, 1.0, math.nan])
    np.testing.assert_allclose(each.recall, [1.0, 2 / 3, math.nan])
    np.testing.assert_allclose(each.f1, [2 / 3, 0.8, math.nan])
    assert each.support.tolist() == [1, 3, 0]


def test_a_class_with_samples_that_is_never_given_has_f1_zero() -> None:
    each = metrics.per_class(np.array([[0, 2], [0, 3]]))
    assert each.f1[0] == 0.0
    assert math.isnan(each.precision[0])


def test_a_class_without_a_sample_is_undefined_even_where_it_is_given() -> None:
    matrix = np.array([[3, 1, 0], [0, 0, 0], [0, 2, 2]])
    each = metrics.per_class(matrix)
    assert all(math.isnan(values[1]) for values in (each.precision, each.recall, each.f1))
    assert metrics.macro_f1(matrix) == pytest.approx((6 / 7 + 2 / 3) / 2)
    assert metrics.macro(each).precision == pytest.approx(1.0)


def test_means_leave_out_what_is_undefined() -> None:
    matrix = metrics.confusion(PROBABILITIES, TARGETS)
    assert metrics.macro_f1(matrix) == pytest.approx((2 / 3 + 0.8) / 2)
    assert metrics.balanced_accuracy(matrix) == pytest.approx(5 / 6)


def test_log_loss_and_brier() -> None:
    expected = -(math.log(0.7) + math.log(0.6) + math.log(0.3) + math.log(0.5)) / 4
    assert metrics.log_loss(PROBABILITIES, TARGETS) == pytest.approx(expected)
    squares = (0.09 + 0.04 + 0.01) + (0.01 + 0.16 + 0.09) + (0.25 + 0.49 + 0.04) + (0.04 + 0.25 + 0.09)
    assert metrics.brier(PROBABILITIES, TARGETS) == pytest.approx(squares / 4)


def test_a_certain_mistake_has_a_bounded_loss() -> None:
    assert metrics.log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-math.log(1e-12))


def test_no_samples_give_no_figures() -> None:
    empty, none = np.empty((0, 3)), np.empty(0, np.int64)
    figures = (metrics.accuracy, metrics.log_loss, metrics.brier, calibration.calibration_error)
    assert all(math.isnan(figure(empty, none)) for figure in figures)
    assert math.isnan(metrics.macro_f1(metrics.confusion(empty, none)))


@given(answers())
def test_figures_keep_their_bounds(given_answers: tuple[metrics.Array, metrics.Targets]) -> None:
    probabilities, targets = given_answers
    matrix = metrics.confusion(probabilities, targets)
    assert matrix.sum() == len(targets)
    assert metrics.accuracy(probabilities, targets) == pytest.approx(np.trace(matrix) / len(targets))
    assert metrics.accuracy(probabilities, targets, top=probabilities.shape[1]) == 1.0
    assert 0 <= metrics.brier(probabilities, targets) <= 2
    assert 0 <= calibration.calibration_error(probabilities, targets) <= 1
    assert 0 <= metrics.balanced_accuracy(matrix) <= 1


@given(answers())
def test_the_order_of_samples_does_not_matter(
    given_answers: tuple[metrics.Array, metrics.Targets],
) -> None:
    probabilities, targets = given_answers
    order = np.arange(len(targets))[::-1]
    for figure in (metrics.accuracy, metrics.log_loss, metrics.brier, calibration.calibration_error):
        assert figure(probabilities[order], targets[order]) == pytest.approx(figure(probabilities, targets))


def test_weighted_means_count_by_samples() -> None:
    each = metrics.per_class(metrics.confusion(PROBABILITIES, TARGETS))
    assert metrics.weighted(each).recall == pytest.approx((1 * 1 + 3 * 2 / 3) / 4)
    assert metrics.weighted(each).precision == pytest.approx((1 * 0.5 + 3 * 1.0) / 4)
    assert metrics.macro(each).precision == pytest.approx(0.75)
    assert math.isnan(metrics.weighted(metrics.per_class(np.zeros((2, 2), int))).f1)


def test_the_most_confused_are_the_most_frequent_then_those_of_the_rarer_label() -> None:
    matrix = np.array([[5, 2, 0], [3, 0, 2], [0, 0, 9]])
    found = metrics.most_confused(matrix, ("a", "b", "c"), count=2)
    assert [(pair.truth, pair.answer, pair.count) for pair in found] == [("b", "a", 3), ("b", "c", 2)]
    assert found[0].rate == 0.6


@given(answers())
def test_figures_by_class_against_plain_counting(
    given_answers: tuple[metrics.Array, metrics.Targets],
) -> None:
    probabilities, targets = given_answers
    read = [row.index(max(row)) for row in probabilities.tolist()]
    each = metrics.per_class(metrics.confusion(probabilities, targets))
    for label in range(probabilities.shape[1]):
        right = sum(a == b == label for a, b in zip(read, targets.tolist(), strict=True))
        support = targets.tolist().count(label)
        counts = (read.count(label) if support else 0, support)
        for value, whole in zip((each.precision[label], each.recall[label]), counts, strict=True):
            assert math.isnan(value) if whole == 0 else value == pytest.approx(right / whole)


def test_many_matrices_at_once_give_the_same_figures() -> None:
    matrices = np.random.default_rng(0).integers(0, 5, (4, 3, 3))
    together = metrics.per_class(matrices)
    for place, matrix in enumerate(matrices):
        np.testing.assert_allclose(together.f1[place], metrics.per_class(matrix).f1)
        assert metrics.mean(together.f1)[place] == pytest.approx(metrics.macro_f1(matrix))
