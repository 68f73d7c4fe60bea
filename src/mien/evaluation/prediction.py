"""A classifier's answers to the pictures of a data set, in the data set's labels."""

from collections.abc import Callable, Sequence

import numpy as np

from mien.classifiers.base import Classifier
from mien.datasets.base import Samples
from mien.errors import BadOption, ModelError, UnknownName
from mien.evaluation.views import VIEWS, together
from mien.labels import index_map
from mien.types import Floats

STEP = 256
SLACK = 0.01
"""How far a sum of probabilities may be from 1: int8 rounds."""
Progress = Callable[[int, int], None]


def predict(
    model: Classifier,
    samples: Samples,
    labels: Sequence[str],
    progress: Progress | None = None,
    view: str = "none",
) -> Floats:
    """Probabilities (N, len(labels)) float32 of ``samples``, columns in the order of ``labels``.

    ``view`` is one of `mien.evaluation.views.VIEWS`; the mean of the views' probabilities is taken. Labels
    that the set does not have are left out, and the others' probabilities brought to a sum of 1 again.
    Raises `BadOption` for a classifier that lacks a label of the set and `ModelError` for answers that are no
    probabilities. ``progress(done, all)`` is called as pictures are read.
    """
    columns = match(labels, model.labels)
    if view not in VIEWS:
        raise UnknownName("view", view, VIEWS)
    parts = [np.empty((0, len(labels)), np.float32)]
    for start in range(0, len(samples), STEP):
        views, each = together(list(samples.images[start : start + STEP]), VIEWS[view])
        answers = model.predict(views)
        check(answers)
        parts.append(answers.reshape(-1, each, answers.shape[1]).mean(axis=1)[:, columns])
        if progress is not None:
            progress(min(start + STEP, len(samples)), len(samples))
    return _to_one(np.concatenate(parts), whole=len(columns) == len(model.labels))


def check(answers: Floats) -> None:
    """Raise `ModelError` for rows (N, K) that are no probabilities: every figure of them would be wrong."""
    if not np.isfinite(answers).all():
        raise ModelError("The classifier answers with NaN or infinity: its file or its card is wrong.")
    if (np.abs(answers.sum(axis=1) - 1) > SLACK).any() or (answers < -SLACK).any():
        raise ModelError(
            "The classifier's answers are no probabilities: they are not from 0 to 1, or do not sum to 1. A "
            "model that ends without a softmax needs output = logits in its card."
        )


def match(wanted: Sequence[str], given: Sequence[str]) -> list[int]:
    """The column in ``given`` (a classifier's labels) of each of ``wanted`` (the set's); else `BadOption`."""
    found = index_map(wanted, given)
    missing = [label for label, place in zip(wanted, found, strict=True) if place is None]
    if missing:
        raise BadOption(
            f"The classifier does not know {', '.join(missing)} (it knows {', '.join(given)}), but the "
            "data set has them. Choose a classifier with these labels, or leave them out by an option of "
            "the set, as ferplus:classes=7 and ckplus:contempt=false do."
        )
    return [place for place in found if place is not None]


def left_out(wanted: Sequence[str], given: Sequence[str]) -> list[str]:
    """The labels of ``given`` that the set does not have."""
    return [label for label in given if label not in wanted]


def _to_one(probabilities: Floats, whole: bool) -> Floats:
    if whole:
        return probabilities
    sums = probabilities.sum(axis=1, keepdims=True)
    out: Floats = np.full_like(probabilities, 1 / probabilities.shape[1])  # where all was on what is left out
    np.divide(probabilities, sums, out=out, where=sums > 0)
    return out
