"""How sure a figure is: 95 % intervals, by Wilson's formula for a share, by the bootstrap for the rest."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.evaluation import metrics, roc
from mien.evaluation.metrics import Array, Probabilities, Targets

Interval = tuple[float, float]
Z = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""
_CELLS = 1 << 18
"""Weights that are held at once: 2 MiB, so that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Beside:
    """An accuracy of our own beside a published one, with what so few pictures allow to say."""

    accuracy: float
    samples: int
    wilson: Interval
    bootstrap: Interval
    published: float
    agrees: bool
    """Whether the published figure lies within Wilson's interval."""


def wilson(right: int, count: int) -> Interval:
    """The 95 % interval of a share (Wilson, 1927); (NaN, NaN) where ``count`` is 0."""
    if count == 0:
        return math.nan, math.nan
    share, z2 = right / count, Z * Z
    centre = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    # At the ends the formula gives 0 and 1 but for rounding.
    low, high = max(centre - half, 0.0), min(centre + half, 1.0)
    return (low if right else 0.0), (high if right < count else 1.0)


def beside(right: int, count: int, published: float, resamples: int = 1000, seed: int = 0) -> Beside:
    """``right`` of ``count`` pictures beside a ``published`` accuracy in [0, 1]."""
    low, high = wilson(right, count)
    share = right / count if count else math.nan
    # Resampling what is right or wrong is drawing from a binomial distribution.
    hits = np.random.default_rng(seed).binomial(count, share if count else 0.0, resamples)
    drawn = interval(hits / count) if count else (math.nan, math.nan)
    return Beside(share, count, (low, high), drawn, published, low <= published <= high)


def interval(values: Array) -> Interval:
    """The 2.5th to 97.5th percentile of the values that are defined; (NaN, NaN) where none is."""
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        return math.nan, math.nan
    low, high = np.quantile(defined, (0.025, 0.975))
    return float(low), float(high)


def weights(count: int, resamples: int, seed: int = 0) -> Iterator[Array]:
    """How often each of ``count`` samples is drawn in each resample, in blocks (R, count).

    The blocks together have ``resamples`` rows; they depend on the seed alone.
    """
    random = np.random.default_rng(seed)
    step = max(_CELLS // max(count, 1), 1)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        draws = random.integers(0, count, (rows, count))
        draws += np.arange(rows)[:, None] * count
        yield np.bincount(draws.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)


def bootstrap(
    probabilities: Probabilities, targets: Targets, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """95 % percentile intervals (Efron, 1979) over resampled pictures, of the figures by name.

    Those of one number are (low, high); ``precision``, ``recall``, ``f1`` and ``auc`` have one interval per
    label. The calibration error has none: resampling adds to it what chance adds, so that its interval would
    lie beside the figure. Nor has a figure that is the same in every resample, as of one picture, or of ten
    that are all read rightly: an interval of no width would state a certainty that is not there. Empty
    without samples or resamples.
    """
    count, classes = probabilities.shape
    if count == 0 or resamples == 0:
        return {}
    features = np.zeros((count, classes * classes + 3))
    features[np.arange(count), metrics.cells(probabilities, targets)] = 1
    features[:, -3] = metrics.among(probabilities, targets, top=2)
    features[:, -2] = metrics.log_losses(probabilities, targets)
    features[:, -1] = metrics.briers(probabilities, targets)
    rankings = roc.rankings(probabilities, targets)
    sums, areas = [], []
    for block in weights(count, resamples, seed):
        sums.append(block @ features)
        areas.append(np.stack([ranking.area(block) for ranking in rankings], axis=1))
    return _figures(np.concatenate(sums), np.concatenate(areas), count, classes)


def _figures(sums: Array, areas: Array, count: int, classes: int) -> dict[str, Any]:
    matrices = sums[:, : classes * classes].reshape(-1, classes, classes)
    each = metrics.per_class(matrices)
    singles = {
        "accuracy": np.trace(matrices, axis1=1, axis2=2) / count,
        "top2": sums[:, -3] / count,
        "macro_f1": metrics.mean(each.f1),
        "balanced_accuracy": metrics.mean(each.recall),
        "log_loss": sums[:, -2] / count,
        "brier": sums[:, -1] / count,
        "macro_auc": metrics.mean(areas),
    }
    columns = {"precision": each.precision, "recall": each.recall, "f1": each.f1, "auc": areas}
    return {
        **{name: _spread(values) for name, values in singles.items()},
        **{name: [_spread(column) for column in values.T] for name, values in columns.items()},
    }


def _spread(values: Array) -> Interval:
    low, high = interval(values)
    return (low, high) if high - low > 1e-9 else (math.nan, math.nan)
