"""How well faces and expressions are found: average precision, precision and recall, who is taken for whom.

Each box stands in the list of every expression, with score times probability, for the average precisions (as
YOLOv5 and COCO do with several labels a box). Precision, recall and confusion look at the likeliest
expression of each box, at the one confidence where F1 over all expressions together is the highest.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mien.evaluation import detection_ap as ap
from mien.evaluation.expressions_matching import NONE, Balance, balance, partners
from mien.evaluation.expressions_readers import Read
from mien.evaluation.expressions_truth import UNKNOWN, Stated, counting, of_class
from mien.labels import FER7

BACKGROUND = "background"
IOU = 0.5
Pictures = Sequence[tuple[Stated, Read]]


def figures(truths: Sequence[Stated], reads: Sequence[Read], heights: Sequence[float]) -> dict[str, Any]:
    """The figures of one reader; ``heights`` (pixels) are where the slices by size meet.

    Shares are in [0, 1], None where nothing was stated. Faces of unknown expression count for ``found`` only;
    pictures whose boxes are not complete do too.
    """
    pairs = list(zip(truths, reads, strict=True))
    known = [counting(truth, read, 0, IOU) for truth, read in pairs if truth.complete]
    average = _average(known)
    best = _best(known)
    return {
        **average,
        "confidence": best.confidence,
        **_at(known, best.confidence),
        "confusion": _confusion(known, best.confidence),
        "found": _found(pairs),
        "sizes": _sizes(pairs, best.confidence, heights),
    }


def _average(known: Pictures) -> dict[str, Any]:
    """mAP at IoU .5 and over .5 to .95, per expression and their mean, with the curves at .5."""
    map50: dict[str, float | None] = {}
    whole: dict[str, float | None] = {}
    curves: dict[str, list[float]] = {}
    weights = np.ones(len(known))
    for place, label in enumerate(FER7):
        parts = [of_class(truth, read, place) for truth, read in known]
        if not any(len(truth.boxes) for truth, _ in parts):
            map50[label] = whole[label] = None
            continue
        matches = ap.match([truth for truth, _ in parts], [found for _, found in parts])
        map50[label] = ap.average_precision(matches, weights)
        whole[label] = ap.average_precision(matches, weights, range(len(ap.IOUS)))
        curves[label] = ap.precision_at(matches, weights).round(4).tolist()
    return {
        "map50": {"all": _mean(map50), **map50},
        "map": {"all": _mean(whole), **whole},
        "curves": {"recall": ap.RECALLS.round(2).tolist(), "precision": curves},
    }


def _best(known: Pictures) -> Balance:
    """The confidence where the F1 of the likeliest expressions is best."""
    hits = [_right(truth, read) for truth, read in known]
    given = sum(len(truth.boxes) for truth, _ in known)
    return balance(hits, [read.expressed.max(axis=1, initial=0) for _, read in known], given)


def _at(known: Pictures, confidence: float | None) -> dict[str, Any]:
    """Precision and recall of each expression at ``confidence``; "all" is the mean over the expressions."""
    given, taken, right = (np.zeros(len(FER7), np.int64) for _ in range(3))
    for truth, read in known:
        given += np.bincount(truth.classes, minlength=len(FER7))
        sure = _sure(read, confidence)
        said = _said(sure)
        taken += np.bincount(said, minlength=len(FER7))
        right += np.bincount(said[_right(truth, sure)], minlength=len(FER7))
    recall = _shares(right, given)
    precision = _shares(right, taken)
    # An expression that was stated and never said has no precision: in the mean it counts as 0.
    stated = {label: value or 0.0 for label, value in precision.items() if recall[label] is not None}
    return {
        "precision": {"all": _mean(stated), **precision},
        "recall": {"all": _mean(recall), **recall},
        "faces": dict(zip(FER7, given.tolist(), strict=True)),
    }


def _confusion(known: Pictures, confidence: float | None) -> list[list[int]]:
    """Rows: what is there; columns: what was read; the last of each is the background."""
    nothing = len(FER7)
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    for truth, read in known:
        sure = _sure(read, confidence)
        order = np.argsort(-sure.expressed.max(axis=1, initial=0), kind="stable")
        sure = sure.only(order)
        own = partners(sure.boxes, truth.boxes, IOU)
        there = np.where(own == NONE, nothing, np.append(truth.classes, nothing)[own])
        np.add.at(counts, (there, _said(sure)), 1)
        missed = np.setdiff1d(np.arange(len(truth.boxes)), own)
        counts[:nothing, nothing] += np.bincount(truth.classes[missed], minlength=nothing)
    return counts.tolist()


def _found(pairs: Pictures) -> dict[str, Any]:
    """Faces found whatever is read from them, at the score with the best F1 in complete pictures."""
    faces = [counting(truth, read, UNKNOWN, IOU) for truth, read in pairs]
    whole = [(truth, read) for truth, read in faces if truth.complete]
    hits = [partners(read.boxes, truth.boxes, IOU) != NONE for truth, read in whole]
    given = sum(len(truth.boxes) for truth, _ in whole)
    best = balance(hits, [read.scores for _, read in whole], given)
    found, count = 0, sum(len(truth.boxes) for truth, _ in faces)
    for truth, read in faces:
        sure = read.only(read.scores >= np.float32(best.confidence or 0))
        found += int((partners(sure.boxes, truth.boxes, IOU) != NONE).sum())
    share = found / count if count else None
    return {"share": share, "precision": best.precision, "score": best.confidence, "faces": count}


def _sizes(pairs: Pictures, confidence: float | None, heights: Sequence[float]) -> list[dict[str, Any]]:
    """Slices by the height of faces of known expression: how many were found, and how many read right."""
    counts = np.zeros((len(heights) + 1, 3), np.int64)
    for truth, read in (counting(truth, read, 0, IOU) for truth, read in pairs):
        slices = np.digitize(truth.heights, heights)
        sure = _sure(read, confidence)
        sure = sure.only(np.argsort(-sure.expressed.max(axis=1, initial=0), kind="stable"))
        own = partners(sure.boxes, truth.boxes, IOU)
        hit = own[own != NONE]
        right = hit[truth.classes[hit] == _said(sure)[own != NONE]]
        for column, places in enumerate((np.arange(len(truth.boxes)), hit, right)):
            np.add.at(counts[:, column], slices[places], 1)
    ends = [None, *heights, None]
    return [
        {"from": ends[place], "to": ends[place + 1], "faces": faces, "found": found, "right": right}
        for place, (faces, found, right) in enumerate(counts.tolist())
    ]


def _right(truth: Stated, read: Read) -> npt.NDArray[np.bool_]:
    """(N,): which boxes find a face and read it right, each face once, the surest first."""
    said, sure = _said(read), read.expressed.max(axis=1, initial=0)
    right = np.zeros(len(said), np.bool_)
    for place in np.unique(truth.classes):
        order = np.flatnonzero(said == place)
        order = order[np.argsort(-sure[order], kind="stable")]
        own = partners(read.boxes[order], truth.boxes[truth.classes == place], IOU)
        right[order[own != NONE]] = True
    return right


def _said(read: Read) -> npt.NDArray[np.int64]:
    """(N,): the likeliest expression of each box."""
    return np.asarray(read.probabilities.argmax(axis=1), np.int64)


def _sure(read: Read, confidence: float | None) -> Read:
    least = np.inf if confidence is None else np.float32(confidence)
    return read.only(read.expressed.max(axis=1, initial=0) >= least)


def _shares(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> dict[str, float | None]:
    return {
        label: some / every if every else None
        for label, some, every in zip(FER7, part.tolist(), whole.tolist(), strict=True)
    }


def _mean(values: dict[str, float | None] | dict[str, float]) -> float | None:
    """Over the expressions that were stated."""
    known = [value for value in values.values() if value is not None]
    return float(np.mean(known)) if known else None
