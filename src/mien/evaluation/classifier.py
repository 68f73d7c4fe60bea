"""Scores a shipped classifier (the ONNX file, without torch) on one part of a data set."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mien import registry
from mien.classifiers.base import Classifier
from mien.datasets.base import Dataset, Samples
from mien.errors import BadOption
from mien.evaluation import metrics
from mien.labels import index_map
from mien.types import Floats

STEP = 256


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one classifier on one part of a data set.

    Shares are in [0, 1]. ``confusion[i][j]`` counts samples of label i read as j. ``without_leaked`` holds
    the accuracy and count without the pictures that also stand in the training part; None where none are
    known.
    """

    classifier: str
    dataset: str
    split: str
    samples: int
    labels: tuple[str, ...]
    accuracy: float
    top2: float
    macro_f1: float
    balanced_accuracy: float
    log_loss: float
    brier: float
    calibration_error: float
    unsure: float
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    support: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]
    without_leaked: dict[str, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain values for JSON: those that are not defined are None."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


def evaluate(
    classifier: str,
    dataset: str = "fer2013",
    split: str = "PublicTest",
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Score:
    """Score the classifier called ``classifier`` on the part ``split`` of ``dataset``.

    ``progress(done, all)`` is called as pictures are read. The pictures are already cut, so they go to the
    classifier as they are.
    """
    model: Classifier = registry.load("classifiers", classifier)
    data: Dataset = registry.load("datasets", dataset)
    samples = data.load(split)
    probabilities = predict(model, samples, data.labels, progress)
    leaked = np.isin(samples.rows, data.leaked(split))
    return score(
        probabilities,
        samples,
        leaked,
        (classifier, dataset, split),
        unsure_below=model.unsure_below,
        labels=data.labels,
    )


def predict(
    model: Classifier,
    samples: Samples,
    labels: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Probabilities (N, len(labels)) of ``samples``, columns in the order of ``labels``."""
    columns = _columns(labels, model.labels)
    rows = []
    for start in range(0, len(samples), STEP):
        rows.append(model.predict(list(samples.images[start : start + STEP]))[:, columns])
        if progress is not None:
            progress(min(start + STEP, len(samples)), len(samples))
    return np.concatenate(rows)


def score(
    probabilities: Floats,
    samples: Samples,
    leaked: npt.NDArray[np.bool_],
    names: tuple[str, str, str],
    *,
    unsure_below: float,
    labels: tuple[str, ...],
) -> Score:
    """The figures of ``probabilities`` (N, K); ``leaked`` (N,) marks samples of the training part."""
    targets = samples.targets
    matrix = metrics.confusion(probabilities, targets)
    each = metrics.per_class(matrix)
    kept = ~leaked
    clean = {"accuracy": metrics.accuracy(probabilities[kept], targets[kept]), "samples": int(kept.sum())}
    return Score(
        *names,
        samples=len(samples),
        labels=labels,
        accuracy=metrics.accuracy(probabilities, targets),
        top2=metrics.accuracy(probabilities, targets, top=2),
        macro_f1=metrics.macro_f1(matrix),
        balanced_accuracy=metrics.balanced_accuracy(matrix),
        log_loss=metrics.log_loss(probabilities, targets),
        brier=metrics.brier(probabilities, targets),
        calibration_error=metrics.calibration_error(probabilities, targets),
        unsure=float((probabilities.max(axis=1) < unsure_below).mean()),
        precision=tuple(each.precision.tolist()),
        recall=tuple(each.recall.tolist()),
        f1=tuple(each.f1.tolist()),
        support=tuple(each.support.tolist()),
        confusion=tuple(map(tuple, matrix.tolist())),
        without_leaked=clean if leaked.any() else None,
    )


def _columns(wanted: Sequence[str], given: Sequence[str]) -> list[int]:
    found = index_map(wanted, given)
    missing = [label for label, place in zip(wanted, found, strict=True) if place is None]
    if missing:
        raise BadOption(
            f"The classifier does not know {', '.join(missing)} (it knows {', '.join(given)}), but the "
            "data set has them. Choose a classifier with these labels."
        )
    return [place for place in found if place is not None]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
