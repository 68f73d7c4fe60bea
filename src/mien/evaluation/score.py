"""The figures of one classifier on one part of a data set."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mien.datasets.base import Samples
from mien.evaluation import calibration, groups, intervals, metrics, roc
from mien.evaluation.calibration import Reliability
from mien.evaluation.metrics import Confusion, Means
from mien.types import Floats

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one classifier on one part of a data set.

    Shares are in [0, 1]; columns are in the order of ``labels``. ``confusion[i][j]`` counts samples of label
    i read as j. ``calibration_error`` is over bins of equal width, ``calibration_error_mass`` of equal mass.
    ``intervals`` are those of `mien.evaluation.intervals.bootstrap`; empty where none were asked for.
    ``without_leaked`` holds the accuracy, its interval and the count without the pictures that also stand in
    the training part, ``without_near`` those without their near duplicates too; None where none are known.
    """

    classifier: str
    dataset: str
    split: str
    samples: int
    labels: tuple[str, ...]
    accuracy: float
    top2: float
    macro: Means
    weighted: Means
    macro_f1: float
    balanced_accuracy: float
    log_loss: float
    brier: float
    macro_auc: float
    calibration_error: float
    calibration_error_mass: float
    unsure: float
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    auc: tuple[float, ...]
    support: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]
    most_confused: tuple[Confusion, ...]
    reliability: Mapping[str, Reliability]
    without_leaked: dict[str, Any] | None = None
    without_near: dict[str, Any] | None = None
    intervals: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values for JSON: those that are not defined are None."""
        return {entry.name: plain(getattr(self, entry.name)) for entry in dataclasses.fields(self)}


def score(
    probabilities: Floats,
    samples: Samples,
    leaked: Mask,
    names: tuple[str, str, str],
    *,
    unsure_below: float,
    labels: tuple[str, ...],
    near: Mask | None = None,
    resamples: int = 0,
    columns: groups.Columns | None = None,
) -> Score:
    """The figures of ``probabilities`` (N, K).

    ``leaked`` (N,) marks samples of the training part, ``near`` (N,) those with a near duplicate there;
    ``names`` are the classifier's, the data set's and the part's; ``columns`` say which groups to score.
    """
    targets = samples.targets
    matrix = metrics.confusion(probabilities, targets)
    each, areas = metrics.per_class(matrix), roc.areas(probabilities, targets)
    right = probabilities.argmax(axis=1) == targets
    bins = {
        "width": calibration.reliability(probabilities, targets),
        "mass": calibration.reliability(probabilities, targets, equal="mass"),
    }
    return Score(
        *names,
        samples=len(samples),
        labels=labels,
        accuracy=metrics.accuracy(probabilities, targets),
        top2=metrics.accuracy(probabilities, targets, top=2),
        macro=metrics.macro(each),
        weighted=metrics.weighted(each),
        macro_f1=metrics.macro_f1(matrix),
        balanced_accuracy=metrics.balanced_accuracy(matrix),
        log_loss=metrics.log_loss(probabilities, targets),
        brier=metrics.brier(probabilities, targets),
        macro_auc=float(metrics.mean(areas)),
        calibration_error=bins["width"].error,
        calibration_error_mass=bins["mass"].error,
        unsure=float((probabilities.max(axis=1) < unsure_below).mean()) if len(samples) else math.nan,
        precision=tuple(each.precision.tolist()),
        recall=tuple(each.recall.tolist()),
        f1=tuple(each.f1.tolist()),
        auc=tuple(areas.tolist()),
        support=tuple(each.support.tolist()),
        confusion=tuple(map(tuple, matrix.tolist())),
        most_confused=tuple(metrics.most_confused(matrix, labels)),
        reliability=bins,
        without_leaked=_without(right, leaked) if leaked.any() else None,
        without_near=_without(right, leaked | near) if near is not None and near.any() else None,
        intervals=intervals.bootstrap(probabilities, targets, resamples),
        groups=groups.slices(columns or {}, samples.rows, right),
    )


def _without(right: Mask, out: Mask) -> dict[str, Any]:
    """The accuracy on what stays."""
    kept = right[~out]
    hits, count = int(kept.sum()), len(kept)
    return {
        "accuracy": hits / count if count else math.nan,
        "samples": count,
        "interval": intervals.wilson(hits, count),
    }


def plain(value: Any) -> Any:
    """``value`` as JSON takes it: arrays and tuples as lists, dataclasses as objects, NaN as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
