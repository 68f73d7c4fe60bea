"""Average precision on WIDER FACE by its published protocol, for its easy, medium and hard subsets.

Yang et al., "WIDER FACE: A Face Detection Benchmark" (CVPR 2016), as its evaluation tools do it: scores are
brought to [0, 1] over the whole set; at an IoU of .5 (sides counted with one pixel more) each detection, best
first, belongs to the given box that it overlaps most; on a box outside the subset it counts neither way, on a
box taken already it is false. Precision and recall are read at 1000 thresholds, and the area under them is
computed as in PASCAL VOC 2010.

Which boxes are easy, medium or hard stands in the tools' ``wider_easy_val.mat`` and so on: MATLAB files,
which SciPy reads (extra ``evaluate``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mien.errors import MissingExtra, SourceError
from mien.evaluation.detection_truth import Flags, Found
from mien.scenes.base import Scene
from mien.types import Floats

SUBSETS = ("easy", "medium", "hard")
IOU = 0.5
THRESHOLDS = 1000
Array = npt.NDArray[np.float64]


def subset_files(folder: Path) -> dict[str, Path]:
    """The subset files that stand in ``folder`` or in ``ground_truth`` below it, by subset."""
    return {
        subset: path
        for subset in SUBSETS
        for path in (
            folder / name / f"wider_{subset}_val.mat"
            for name in ("ground_truth", "eval_tools/ground_truth", "")
        )
        if path.is_file()
    }


def no_files(folder: Path) -> str:
    """What to say where `subset_files` finds none."""
    return (
        f"No easy, medium and hard figures: no wider_easy_val.mat (and so on) in '{folder}'. They come with "
        "WIDER FACE's evaluation tools: put their ground_truth folder there, or say subsets=FOLDER."
    )


def read_subset(path: Path) -> dict[str, npt.NDArray[np.int64]]:
    """``event/picture`` (without suffix) to the places, from 0, of its boxes that are in the subset."""
    try:
        from scipy.io import loadmat
        from scipy.io.matlab import MatReadError
    except ImportError:
        raise MissingExtra("Reading the subsets of WIDER FACE", "evaluate") from None
    try:
        content = loadmat(path)
        events, files, kept = content["event_list"], content["file_list"], content["gt_list"]
    except (OSError, ValueError, KeyError, NotImplementedError, MatReadError) as error:
        # The last but one is what SciPy says of files of version 7.3.
        raise SourceError(
            f"'{path}' is no subset of WIDER FACE: {error}. Give its evaluation tools' file."
        ) from error
    return {
        f"{_text(event[0])}/{_text(name[0])}": np.ravel(places[0]).astype(np.int64) - 1
        for event, names, lists in zip(events, files, kept, strict=True)
        for name, places in zip(names[0], lists[0], strict=True)
    }


def members(scenes: Sequence[Scene], subset: Mapping[str, npt.NDArray[np.int64]]) -> list[Flags]:
    """Per scene, which of its boxes are in ``subset``; `SourceError` where the two do not belong together."""
    flags = []
    for scene in scenes:
        key = f"{scene.path.parent.name}/{scene.path.stem}"
        places = subset.get(key)
        if places is None or (len(places) and places.max() >= len(scene.boxes)):
            raise SourceError(f"The subset knows no boxes like those of '{key}'. Are both of the same split?")
        inside = np.zeros(len(scene.boxes), np.bool_)
        inside[places] = True
        flags.append(inside)
    return flags


def average_precision(given: Sequence[Floats], inside: Sequence[Flags], found: Sequence[Found]) -> float:
    """The protocol's AP: ``given`` boxes (N, 4) and which of them are in the subset (N,), per picture.

    NaN for a subset without a face.
    """
    faces = int(sum(flags.sum() for flags in inside))
    if faces == 0:
        return float("nan")
    totals = np.zeros((THRESHOLDS, 2))
    for boxes, flags, those in zip(given, inside, normalised(found), strict=True):
        if len(boxes) and len(those.boxes):
            totals += _counts(boxes, flags, those)
    proposed, recalled = totals.T
    precision = np.divide(recalled, proposed, out=np.zeros(THRESHOLDS), where=proposed > 0)
    return _area(recalled / faces, precision)


def normalised(found: Sequence[Found]) -> list[Found]:
    """The same with scores brought to [0, 1] over the whole set, best first in each picture."""
    scores = np.concatenate([np.empty(0, np.float32), *(those.scores for those in found)])
    if not len(scores):
        return list(found)
    low, span = scores.min(), max(float(np.ptp(scores)), 1e-12)
    return [Found(those.boxes, np.asarray((those.scores - low) / span, np.float32)) for those in found]


def _text(cell: Any) -> str:
    """The string in a cell, however deep MATLAB nested it."""
    return str(np.ravel(cell)[0])


def _counts(boxes: Floats, inside: Flags, found: Found) -> Array:
    """(THRESHOLDS, 2): detections that count, and faces found, at and above each threshold."""
    overlap = _iou(found.boxes, boxes)
    counts, recalled = np.ones(len(found.boxes), np.int64), np.zeros(len(found.boxes), np.int64)
    taken = np.zeros(len(boxes), np.bool_)
    for place, row in enumerate(overlap):
        nearest = int(row.argmax())
        if row[nearest] < IOU:
            continue
        if not inside[nearest]:
            counts[place] = 0
        elif not taken[nearest]:
            taken[nearest], recalled[place] = True, 1
    thresholds = 1 - np.arange(1, THRESHOLDS + 1) / THRESHOLDS
    above = np.searchsorted(-found.scores.astype(np.float64), -thresholds, side="right")
    running: Array = np.cumsum(np.stack((counts, recalled), axis=1), axis=0)
    return np.concatenate((np.zeros((1, 2)), running))[above]


def _iou(first: Floats, second: Floats) -> Array:
    """(D, N) with sides one pixel longer than x2 - x1, as the evaluation tools count them."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(high - low + 1, 0, None), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1) for boxes in (first, second)]
    overlap: Array = shared / (areas[0][:, None] + areas[1][None] - shared)
    return overlap


def _area(recall: Array, precision: Array) -> float:
    """Under the curve made monotone (Everingham et al., "The PASCAL VOC Challenge", 2010 on)."""
    edges = np.concatenate(((0.0,), recall, (1.0,)))
    heights = np.maximum.accumulate(np.concatenate(((0.0,), precision, (0.0,)))[::-1])[::-1]
    return float(np.sum(np.diff(edges) * heights[1:]))
