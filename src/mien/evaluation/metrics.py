"""Figures of a classifier, from its probabilities (N, K) and the true targets (N,), indices of labels.

All are NumPy; what is not defined (a class without a sample, a label never given) is NaN, never 0.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Probabilities = npt.NDArray[np.floating]
Targets = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class PerClass:
    """Each (K,) float64, in the order of the labels; ``support`` counts the true samples."""

    precision: Array
    recall: Array
    f1: Array
    support: npt.NDArray[np.int64]


def accuracy(probabilities: Probabilities, targets: Targets, top: int = 1) -> float:
    """The share of samples whose true label is among the ``top`` most probable; in [0, 1]."""
    if len(targets) == 0:
        return math.nan
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    return float((best == targets[:, None]).any(axis=1).mean())


def confusion(probabilities: Probabilities, targets: Targets) -> npt.NDArray[np.int64]:
    """(K, K) counts: row the true label, column the most probable one."""
    classes = probabilities.shape[1]
    cells = targets.astype(np.int64) * classes + probabilities.argmax(axis=1)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def per_class(matrix: npt.NDArray[np.int64]) -> PerClass:
    """Precision, recall, F1 and support from a confusion matrix (K, K).

    Precision is NaN for a label never given, recall for a class without a sample, F1 where both are so.
    """
    right = np.diag(matrix).astype(np.float64)
    given, support = matrix.sum(axis=0), matrix.sum(axis=1)
    f1 = _ratio(2 * right, given + support)
    return PerClass(_ratio(right, given), _ratio(right, support), f1, support.astype(np.int64))


def macro_f1(matrix: npt.NDArray[np.int64]) -> float:
    """The mean F1 of the classes that occur in the truth or the answers."""
    return _mean(per_class(matrix).f1)


def balanced_accuracy(matrix: npt.NDArray[np.int64]) -> float:
    """The mean recall of the classes that have a sample."""
    return _mean(per_class(matrix).recall)


def log_loss(probabilities: Probabilities, targets: Targets) -> float:
    """The mean negative natural logarithm of the true label's probability (bounded from below by 1e-12)."""
    if len(targets) == 0:
        return math.nan
    true = probabilities[np.arange(len(targets)), targets].astype(np.float64)
    return float(-np.log(np.maximum(true, 1e-12)).mean())


def brier(probabilities: Probabilities, targets: Targets) -> float:
    """The mean squared distance between probabilities and truth, summed over labels (Brier, 1950); 0 to 2."""
    if len(targets) == 0:
        return math.nan
    truth = np.eye(probabilities.shape[1])[targets]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def calibration_error(probabilities: Probabilities, targets: Targets, bins: int = 15) -> float:
    """The expected calibration error (Naeini et al., 2015; Guo et al., 2017).

    Samples are put in ``bins`` equal bins by confidence; the mean distance between a bin's confidence and its
    share right, weighted by the bin's size.
    """
    if len(targets) == 0:
        return math.nan
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == targets
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(targets))


def _ratio(part: npt.NDArray[np.floating], whole: npt.NDArray[np.integer]) -> Array:
    out: Array = np.full(len(part), np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _mean(values: Array) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else math.nan
