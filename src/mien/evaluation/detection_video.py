"""Detectors on videos without given boxes: false faces where there are none, agreement in a crowd."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mien.errors import BadOption
from mien.evaluation.detection_candidates import Candidate
from mien.evaluation.detection_truth import covered
from mien.pipeline import open_source
from mien.types import Image

AGREE_IOU = 0.5
Progress = Callable[[int, int], None]


def empty(
    candidates: Sequence[Candidate],
    video: str | Path,
    *,
    score: float = 0.6,
    every: int = 1,
    progress: Progress = lambda done, whole: None,
) -> dict[str, dict[str, Any]]:
    """Detections of ``score`` or more in a video that shows no face; ``highest`` is the best score of all."""
    found: dict[str, dict[str, Any]] = {
        each.name: {"frames": 0, "frames_with_any": 0, "false": 0, "highest": 0.0} for each in candidates
    }
    for image in _frames(video, every, progress):
        for each in candidates:
            detections, counts = each.find(image), found[each.name]
            false = len(detections.above(score).scores)
            counts["frames"] += 1
            counts["frames_with_any"] += int(false > 0)
            counts["false"] += false
            counts["highest"] = max(counts["highest"], *map(float, detections.scores), 0.0)
    return found


def agreement(
    candidates: Sequence[Candidate],
    reference: Candidate,
    video: str | Path,
    *,
    score: float = 0.6,
    every: int = 1,
    progress: Progress = lambda done, whole: None,
) -> dict[str, dict[str, Any]]:
    """The share of the boxes of ``reference`` that a candidate finds too, at an IoU of .5 or more.

    ``back`` is the share of the candidate's own boxes that the reference has. None where there are none.
    """
    counts = {
        each.name: {"reference": 0, "agreed": 0, "own": 0, "shared": 0, "frames": 0} for each in candidates
    }
    for image in _frames(video, every, progress):
        wanted = reference.find(image).above(score).boxes
        for each in candidates:
            boxes, row = each.find(image).above(score).boxes, counts[each.name]
            row["frames"] += 1
            row["reference"] += len(wanted)
            row["agreed"] += int(covered(wanted, boxes, AGREE_IOU).sum())
            row["own"] += len(boxes)
            row["shared"] += int(covered(boxes, wanted, AGREE_IOU).sum())
    return {
        name: {
            **row,
            "agreement": row["agreed"] / row["reference"] if row["reference"] else None,
            "back": row["shared"] / row["own"] if row["own"] else None,
        }
        for name, row in counts.items()
    }


def _frames(video: str | Path, every: int, progress: Progress) -> Iterator[Image]:
    if not every >= 1 or every % 1:
        raise BadOption(
            f"every={every} is no step. Give a whole number N from 1 on: each N-th frame is looked at."
        )
    with open_source(video) as source:
        whole = source.info.frame_count or 0
        for frame in itertools.islice(source, 0, None, every):
            yield frame.image
            progress(frame.index + 1, max(whole, frame.index + 1))
