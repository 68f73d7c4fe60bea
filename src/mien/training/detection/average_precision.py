"""Average precision while training, in NumPy; `mien evaluate detector` scores the finished file."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mien import geometry
from mien.evaluation.detection_truth import within
from mien.types import Floats

SAME = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector found in one picture, beside the boxes it should have found; float32, pixels."""

    boxes: Floats  # (N, 4)
    scores: Floats  # (N,)
    given: Floats  # (G, 4)


def average_precision(pictures: list[Seen]) -> float:
    """Area under the precision-recall curve at IoU 0.5 over all ``pictures``, precision made to fall only."""
    given = sum(len(picture.given) for picture in pictures)
    found = [marks(picture) for picture in pictures]
    scores = np.concatenate([np.empty(0, np.float32), *(picture.scores for picture in pictures)])
    if not given or not len(scores):
        return 0.0
    right = np.concatenate(found)[np.argsort(-scores, kind="stable")]
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(precision[right]) / given)


def counted(picture: Seen, ignored: Floats) -> Seen:
    """``picture`` without the boxes that are not right and lie on one of the ``ignored`` places (K, 4)."""
    keep = marks(picture) | ~within(picture.boxes, ignored, SAME)
    return replace(picture, boxes=picture.boxes[keep], scores=picture.scores[keep])


def marks(picture: Seen) -> npt.NDArray[np.bool_]:
    """Which boxes are right, (N,) bool: each given box is found once, by the surest."""
    overlap = geometry.iou(picture.boxes, picture.given)
    right = np.zeros(len(picture.boxes), bool)
    taken = np.zeros(len(picture.given), bool)
    for index in np.argsort(-picture.scores, kind="stable"):
        free = np.where(taken, 0, overlap[index]) if len(taken) else np.zeros(1)
        best = int(free.argmax())
        if free[best] >= SAME:
            right[index] = taken[best] = True
    return right
