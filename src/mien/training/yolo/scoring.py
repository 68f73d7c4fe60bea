"""How well faces and expressions were found, while training; in NumPy.

`mien evaluate expressions` scores the finished file by the same definitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mien import geometry
from mien.training.detection.average_precision import SAME, Seen, average_precision, marks
from mien.training.yolo.boxes import everything
from mien.types import Floats

LOWEST, OVERLAP, MOST = 0.01, 0.45, 100
"""Objectness from which a box is looked at, IoU over which the weaker of two goes, boxes of a picture."""
CANDIDATES = 300


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture: what was found beside what is there; boxes x1, y1, x2, y2 in pixels.

    ``boxes`` (N, 4), objectness ``scores`` (N,), class ``logits`` (N, K), ``given`` boxes (G, 4) and their
    ``classes`` (G,), -1 where nobody stated the expression.
    """

    boxes: Floats
    scores: Floats
    logits: Floats
    given: Floats
    classes: npt.NDArray[np.int64]

    @property
    def probabilities(self) -> Floats:
        """(N, K), those of each face's expression."""
        power = np.exp(self.logits - self.logits.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(power / power.sum(axis=1, keepdims=True), np.float32)


def looked(maps: list[Tensor], anchors: Tensor, given: Tensor) -> list[Looked]:
    """What the ``maps`` of a batch say, duplicates suppressed, beside ``given`` (M, 6) as batches hold it."""
    boxes, scores, logits = (part.cpu() for part in everything(maps, anchors))
    top = scores.topk(min(CANDIDATES, scores.shape[1]), dim=1).indices
    rows = given.cpu().numpy()
    half = rows[:, 4:6] / 2
    corners = np.concatenate((rows[:, 2:4] - half, rows[:, 2:4] + half), axis=1)
    return [
        _looked(boxes[number, best], scores[number, best], logits[number, best], corners[mine], rows[mine, 1])
        for number, best in enumerate(top)
        for mine in (rows[:, 0] == number,)
    ]


def _looked(boxes: Tensor, scores: Tensor, logits: Tensor, given: Floats, classes: Floats) -> Looked:
    likely = scores >= LOWEST
    found, sure = boxes[likely].numpy(), scores[likely].numpy()
    kept = geometry.nms(found, sure, OVERLAP)[:MOST]
    return Looked(found[kept], sure[kept], logits[likely].numpy()[kept], given, classes.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Balance:
    """Precision and recall at the confidence whose F1 is the highest."""

    confidence: float
    precision: float
    recall: float


def figures(pictures: Sequence[Looked]) -> dict[str, float]:
    """``map50``, ``precision``, ``confidence``, ``found``, ``face_ap50`` and ``face_confidence``.

    ``map50`` is the mean over the expressions that were stated of the average precision at IoU 0.5; each box
    stands in the list of every expression, its score objectness times that probability, and faces of unknown
    expression are left out with the boxes on them. ``precision`` is that of the likeliest expressions at the
    ``confidence`` of the best F1, all expressions in one list. ``found`` is the share of faces found whatever
    is read from them, at the objectness ``face_confidence`` with the best F1.
    """
    faces = [Seen(each.boxes, each.scores, each.given) for each in pictures]
    known = [_known(each) for each in pictures]
    stated = sorted({int(label) for each in known for label in each.classes})
    precisions = [average_precision([_of(each, label) for each in known]) for label in stated]
    read = balance([_of(each, label, likeliest=True) for each in known for label in stated])
    face = balance(faces)
    return {
        "map50": float(np.mean(precisions or [0.0])),
        "precision": read.precision,
        "confidence": read.confidence,
        "found": face.recall,
        "face_ap50": average_precision(faces) if faces else 0.0,
        "face_confidence": face.confidence,
    }


def balance(pictures: Sequence[Seen]) -> Balance:
    """The best F1 over all ``pictures``; zeros where nothing was found, or nothing is there."""
    given = sum(len(each.given) for each in pictures)
    scores = np.concatenate([each.scores for each in pictures] or [np.empty(0, np.float32)])
    if not given or not len(scores):
        return Balance(0.0, 0.0, 0.0)
    right = np.concatenate([marks(each) for each in pictures])
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    taken = np.arange(1, len(hits) + 1)
    best = int((2 * hits / (taken + given)).argmax())
    return Balance(float(scores[order[best]]), float(hits[best] / taken[best]), float(hits[best] / given))


def threshold(pictures: Sequence[Looked], precision: float) -> float:
    """The lowest objectness from which the share ``precision`` of the boxes or more lie on a face; else 1."""
    faces = [Seen(each.boxes, each.scores, each.given) for each in pictures]
    scores = np.concatenate([each.scores for each in faces] or [np.empty(0, np.float32)])
    if not len(scores):
        return 1.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(np.concatenate([marks(each) for each in faces])[order])
    enough = np.flatnonzero(hits >= precision * np.arange(1, len(hits) + 1))
    return float(scores[order[enough[-1]]]) if len(enough) else 1.0


def _known(picture: Looked) -> Looked:
    """``picture`` without faces of unknown expression and the boxes that lie on one."""
    unknown = picture.classes < 0
    if not unknown.any():
        return picture
    overlap = geometry.iou(picture.boxes, picture.given)
    best = overlap.argmax(axis=1)
    on_unknown = unknown[best] & (overlap.max(axis=1) >= SAME)
    keep = ~on_unknown
    return Looked(
        picture.boxes[keep],
        picture.scores[keep],
        picture.logits[keep],
        picture.given[~unknown],
        picture.classes[~unknown],
    )


def _of(picture: Looked, label: int, *, likeliest: bool = False) -> Seen:
    """``picture`` as seen by who looks for one expression; ``likeliest``: only boxes that say it first."""
    scores = picture.scores * picture.probabilities[:, label]
    keep = scores >= LOWEST
    if likeliest:
        keep &= picture.logits.argmax(axis=1) == label if len(scores) else keep
    return Seen(picture.boxes[keep], scores[keep], picture.given[picture.classes == label])


def matched(pictures: Sequence[Looked]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Class logits (P, K) and classes (P,) of the faces of known expression, by the surest box on each."""
    logits, classes = [], []
    for each in pictures:
        overlap = geometry.iou(each.given, each.boxes)
        for face in np.flatnonzero((overlap >= SAME).any(axis=1) & (each.classes >= 0)):
            first = int((overlap[face] >= SAME).argmax())  # boxes come best score first
            logits.append(each.logits[first])
            classes.append(each.classes[face])
    return np.array(logits, np.float32), np.array(classes, np.int64)
