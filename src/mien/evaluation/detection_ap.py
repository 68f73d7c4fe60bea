"""Average precision as COCO defines it, with its interval; boxes are matched by pycocotools.

Lin et al., "Microsoft COCO: Common Objects in Context" (ECCV 2014): detections in order of score, each
matched to the given box that it overlaps most among those not taken; precision, made monotone, is averaged
over 101 recalls. Every face is of one class, whatever its expression. Pictures whose boxes are not complete
stay out.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mien.errors import MissingExtra
from mien.evaluation.detection_truth import Flags, Found, Truth
from mien.types import Floats

IOUS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST = 1000
"""Detections of a picture that count: COCO's 100 are too few for crowds."""
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matches:
    """All detections of a set, best score first, matched at each of `IOUS` (T of them).

    ``hit`` and ``ignored`` are (T, D); ``picture`` (D,) is each one's place in the set; ``faces`` (P,) counts
    the boxes to be found in each picture.
    """

    hit: Flags
    ignored: Flags
    picture: npt.NDArray[np.int64]
    faces: npt.NDArray[np.int64]


def tools() -> tuple[Any, Any]:
    """pycocotools' ``COCO`` and ``COCOeval``; `MissingExtra` where they are not installed."""
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError:
        raise MissingExtra("Average precision", "evaluate") from None
    return COCO, COCOeval


def match(truths: Sequence[Truth], found: Sequence[Found]) -> Matches:
    """Match the detections of every picture; needs the extra ``evaluate`` (`MissingExtra`)."""
    evaluator = _evaluator(truths, found)
    pictures = [place for place, entry in enumerate(evaluator.evalImgs) if entry is not None]
    entries = [evaluator.evalImgs[place] for place in pictures]
    faces = np.zeros(len(truths), np.int64)
    faces[pictures] = [int(np.sum(np.asarray(entry["gtIgnore"]) == 0)) for entry in entries]
    counts = [len(entry["dtScores"]) for entry in entries]
    scores = np.concatenate([np.empty(0), *(entry["dtScores"] for entry in entries)])
    order = np.argsort(-scores, kind="stable")
    hit = np.concatenate([_flat(entry["dtMatches"]) for entry in entries] or [_flat([])], axis=1) > 0
    ignored = np.concatenate([_flat(entry["dtIgnore"]) for entry in entries] or [_flat([])], axis=1) > 0
    return Matches(
        hit[:, order], ignored[:, order], np.repeat(pictures, counts).astype(np.int64)[order], faces
    )


def precision_at(matches: Matches, weights: Array, level: int = 0) -> Array:
    """Precision at each of `RECALLS` (101,), for the IoU ``IOUS[level]``; NaN where there is no face.

    ``weights`` (P,) says how many times each picture counts.
    """
    faces = float(weights @ matches.faces)
    if faces == 0:
        return np.full(len(RECALLS), np.nan)
    weight = weights[matches.picture] * ~matches.ignored[level]
    right = np.cumsum(weight * matches.hit[level])
    precision = right / np.maximum(np.cumsum(weight), np.spacing(1))
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(right / faces, RECALLS, side="left")
    return np.append(best_from_here, 0.0)[places]


def average_precision(matches: Matches, weights: Array, levels: Sequence[int] = (0,)) -> float:
    """The mean over `RECALLS` and over the IoUs ``IOUS[levels]``, in [0, 1]."""
    return float(np.mean([precision_at(matches, weights, level).mean() for level in levels]))


def resampled(matches: Sequence[Matches], pictures: Flags, resamples: int, seed: int = 0) -> Array:
    """AP at IoU .5 of several detectors, (resamples, detectors), over draws of ``pictures`` with replacement.

    Every detector sees the same draws (a paired bootstrap over pictures; Efron and Tibshirani, 1993).
    """
    random = np.random.default_rng(seed)
    chosen = np.flatnonzero(pictures)
    values = np.empty((resamples, len(matches)))
    for row in values:
        weights = np.bincount(random.choice(chosen, len(chosen)), minlength=len(pictures)).astype(float)
        row[:] = [average_precision(each, weights) for each in matches]
    return values


def interval(values: Array) -> tuple[float, float] | None:
    """The middle 95 % of ``values`` without NaN; None where there are none."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = np.percentile(defined, (2.5, 97.5))
    return float(low), float(high)


def _flat(rows: Any) -> Array:
    return np.asarray(rows, np.float64).reshape(len(IOUS), -1)


def _evaluator(truths: Sequence[Truth], found: Sequence[Found]) -> Any:
    coco, evaluation = tools()
    images = [{"id": place} for place in range(len(truths))]
    given, detected = [], []
    for place, (truth, those) in enumerate(zip(truths, found, strict=True)):
        if truth.complete:
            given += _annotations(place, truth.boxes, iscrowd=(~truth.counted).astype(int).tolist())
            detected += _annotations(place, those.boxes, score=those.scores.astype(float).tolist())
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        evaluator = evaluation(_indexed(coco(), images, given), _indexed(coco(), images, detected), "bbox")
        evaluator.params.iouThrs, evaluator.params.maxDets = IOUS, [MOST]
        evaluator.params.areaRng, evaluator.params.areaRngLbl = [[0, np.inf]], ["all"]
        evaluator.evaluate()
    return evaluator


def _annotations(place: int, boxes: Floats, **columns: list[Any]) -> list[dict[str, Any]]:
    """COCO's rows for the ``boxes`` (N, 4) of the picture at ``place``; each of ``columns`` has N values."""
    return [
        {
            "image_id": place,
            "category_id": 1,
            "bbox": box,
            "area": box[2] * box[3],
            "iscrowd": 0,
            **{name: values[row] for name, values in columns.items()},
        }
        for row, box in enumerate(_sides(boxes))
    ]


def _indexed(coco: Any, images: list[dict[str, int]], annotations: list[dict[str, Any]]) -> Any:
    """``coco`` filled; ids begin at 1, since 0 would read as "not matched"."""
    numbered = [{"id": number, **row} for number, row in enumerate(annotations, 1)]
    coco.dataset = {"images": images, "categories": [{"id": 1}], "annotations": numbered}
    coco.createIndex()
    return coco


def _sides(boxes: Floats) -> list[list[float]]:
    """x, y, width, height of each."""
    return np.concatenate((boxes[:, :2], boxes[:, 2:] - boxes[:, :2]), axis=1).astype(float).tolist()  # type: ignore[no-any-return]
