"""Which of the boxes found belong to which of those given, and at which confidence a list of them is best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien import geometry
from mien.types import Floats

Ints = npt.NDArray[np.int64]
NONE = -1


@dataclass(frozen=True, slots=True)
class Balance:
    """Precision and recall at the ``confidence`` whose F1 is the highest; None where nothing can be told."""

    confidence: float | None
    precision: float | None
    recall: float | None


def partners(boxes: Floats, given: Floats, iou: float) -> Ints:
    """(N,): for each of ``boxes`` (N, 4), best first, the place of its own of ``given`` (M, 4), or `NONE`.

    Each takes the one that it overlaps most among those not taken, if by ``iou`` or more.
    """
    overlap = geometry.iou(boxes, given)
    chosen = np.full(len(boxes), NONE, np.int64)
    for place in range(len(boxes) if len(given) else 0):
        best = int(overlap[place].argmax())
        if overlap[place, best] >= iou:
            chosen[place] = best
            overlap[:, best] = -1
    return chosen


def balance(hits: Sequence[npt.NDArray[np.bool_]], scores: Sequence[Floats], given: int) -> Balance:
    """The best F1 over pictures: each one's ``hits`` and ``scores`` (N,), and how many were ``given``."""
    sure = np.concatenate([np.empty(0, np.float32), *scores])
    if not given or not len(sure):
        return Balance(None, None, 0.0 if given else None)
    order = np.argsort(-sure, kind="stable")
    right = np.cumsum(np.concatenate(hits)[order])
    taken = np.arange(1, len(right) + 1)
    best = int((2 * right / (taken + given)).argmax())
    return Balance(float(sure[order[best]]), float(right[best] / taken[best]), float(right[best] / given))
