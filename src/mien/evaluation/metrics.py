"""Figures of a classifier, from its probabilities (N, K) and the true targets (N,), indices of labels.

All are NumPy; what is not defined (a class without a sample, a label never given) is NaN, never 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.integer] | npt.NDArray[np.floating]
"""Confusion matrices (..., K, K), row the true label; floating where samples carry weights."""
Probabilities = npt.NDArray[np.floating]
Targets = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class PerClass:
    """Each (..., K) float64, in the order of the labels; ``support`` counts the true samples."""

    precision: Array
    recall: Array
    f1: Array
    support: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Means:
    """Precision, recall and F1 over the classes where they are defined."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """``count`` samples of ``truth`` were read as ``answer``: ``rate`` is their share of that label's."""

    truth: str
    answer: str
    count: int
    rate: float


def accuracy(probabilities: Probabilities, targets: Targets, top: int = 1) -> float:
    """The share of samples whose true label is among the ``top`` most probable; in [0, 1]."""
    if len(targets) == 0:
        return math.nan
    return float(among(probabilities, targets, top).mean())


def among(probabilities: Probabilities, targets: Targets, top: int = 1) -> npt.NDArray[np.bool_]:
    """(N,): whether the true label is among the ``top`` most probable; of equal ones the first counts."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    return np.asarray((best == targets[:, None]).any(axis=1))


def cells(probabilities: Probabilities, targets: Targets) -> npt.NDArray[np.int64]:
    """(N,): each sample's cell in the confusion matrix, counted row by row from 0."""
    places: npt.NDArray[np.int64] = targets.astype(np.int64) * probabilities.shape[1]
    return np.asarray(places + probabilities.argmax(axis=1))


def confusion(probabilities: Probabilities, targets: Targets) -> npt.NDArray[np.int64]:
    """(K, K) counts: row the true label, column the most probable one."""
    classes = probabilities.shape[1]
    counts = np.bincount(cells(probabilities, targets), minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def per_class(matrix: Counts) -> PerClass:
    """Precision, recall, F1 and support from confusion matrices (..., K, K).

    All three are NaN for a class without a sample: its precision and F1 could be nothing but 0, whatever the
    classifier is worth, and would draw the means down. Precision is also NaN for a label never given.
    """
    right = np.diagonal(matrix, axis1=-2, axis2=-1).astype(np.float64)
    given, support = matrix.sum(axis=-2), matrix.sum(axis=-1)
    there = support > 0
    precision = _ratio(right, np.where(there, given, 0))
    f1 = _ratio(2 * right, np.where(there, given + support, 0))
    return PerClass(precision, _ratio(right, support), f1, support.astype(np.int64))


def macro_f1(matrix: Counts) -> float:
    """The mean F1 of the classes that have a sample."""
    return float(mean(per_class(matrix).f1))


def balanced_accuracy(matrix: Counts) -> float:
    """The mean recall of the classes that have a sample."""
    return float(mean(per_class(matrix).recall))


def macro(each: PerClass) -> Means:
    """Every class counts the same."""
    return Means(*(float(mean(values)) for values in (each.precision, each.recall, each.f1)))


def weighted(each: PerClass) -> Means:
    """Every class counts by its samples; a label never given adds no precision and no weight."""
    return Means(*(_weighted(values, each.support) for values in (each.precision, each.recall, each.f1)))


def most_confused(matrix: npt.NDArray[np.integer], labels: Sequence[str], count: int = 5) -> list[Confusion]:
    """The ``count`` most frequent mistakes, the most frequent first."""
    support = matrix.sum(axis=1)
    pairs = [
        Confusion(truth, answer, int(matrix[i, j]), float(matrix[i, j] / support[i]))
        for i, truth in enumerate(labels)
        for j, answer in enumerate(labels)
        if i != j and matrix[i, j]
    ]
    return sorted(pairs, key=lambda pair: (-pair.count, -pair.rate))[:count]


def log_loss(probabilities: Probabilities, targets: Targets) -> float:
    """The mean negative natural logarithm of the true label's probability (bounded from below by 1e-12)."""
    return float(log_losses(probabilities, targets).mean()) if len(targets) else math.nan


def log_losses(probabilities: Probabilities, targets: Targets) -> Array:
    """(N,): what each sample adds to `log_loss`."""
    true = probabilities[np.arange(len(targets)), targets].astype(np.float64)
    return np.asarray(-np.log(np.maximum(true, 1e-12)))


def brier(probabilities: Probabilities, targets: Targets) -> float:
    """The mean squared distance between probabilities and truth, summed over labels (Brier, 1950); 0 to 2."""
    return float(briers(probabilities, targets).mean()) if len(targets) else math.nan


def briers(probabilities: Probabilities, targets: Targets) -> Array:
    """(N,): what each sample adds to `brier`."""
    truth = np.eye(probabilities.shape[1])[targets]
    return np.asarray(((probabilities - truth) ** 2).sum(axis=1))


def mean(values: Array) -> Array:
    """The mean over the last axis of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1))


def _weighted(values: Array, weights: npt.NDArray[np.int64]) -> float:
    defined = ~np.isnan(values)
    whole = weights[defined].sum()
    return float((values[defined] * weights[defined]).sum() / whole) if whole else math.nan


def _ratio(part: npt.NDArray[np.floating], whole: Counts) -> Array:
    out: Array = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) > 0)
    return out
