"""Recall and precision at one score, by source, mask and height; and boxes where nobody stated a face.

A given face is found where some detection of ``score`` or more overlaps it by ``iou`` or more; a detection is
right where it overlaps some given face so. One is false where it overlaps no given face by even `FALSE_IOU`:
between the two it is a face with a poor box. What is false is counted in pictures whose boxes are complete.
Detections that lie on an ignored box, be it larger than they are, count neither way: how much of them lies
there is a share of their own area, as with COCO's crowds.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.evaluation.detection_truth import Flags, Found, Truth, covered, within

FALSE_IOU = 0.3
HEIGHTS = (16.0, 24.0, 48.0)
"""Where the bins of face height meet, in pixels; the lower edge belongs to the bin."""
UNMASKED = frozenset({"none"})
MASKED = frozenset({"worn", "worn_wrong"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One picture: ``found`` (N,) of the given boxes; ``right``, ``false`` and ``counted`` of the detections.

    ``counted`` detections are those that lie on no ignored box; all three are 0 for incomplete pictures.
    """

    found: Flags
    right: int
    false: int
    counted: int


def outcome(truth: Truth, found: Found, score: float, iou: float) -> Outcome:
    """What the detections of ``score`` or more amount to."""
    boxes = found.above(score).boxes
    hit = covered(truth.boxes, boxes, iou)
    if not truth.complete:
        return Outcome(hit, 0, 0, 0)
    faces, ignored = truth.boxes[truth.counted], truth.boxes[~truth.counted]
    right = covered(boxes, faces, iou)
    counted = right | ~within(boxes, ignored, iou)
    false = ~covered(boxes, faces, FALSE_IOU) & ~within(boxes, ignored, FALSE_IOU)
    return Outcome(hit, int(right.sum()), int((false & counted).sum()), int(counted.sum()))


def figures(
    truths: Sequence[Truth],
    found: Sequence[Found],
    score: float,
    iou: float,
    heights: Sequence[float] = HEIGHTS,
) -> dict[str, Any]:
    """Recall by group, and precision and false faces overall and by source.

    Keys: ``recall`` (group to ``{"faces", "found", "recall"}``; the groups are ``all``, ``source SOURCE``,
    ``without mask``, ``with mask``, ``height A-B``), ``precision`` and ``false`` (``all`` and sources to
    ``{"pictures", "detections", "right", "precision"}`` and ``{"pictures", "false", "per_picture"}``).
    """
    outcomes = [outcome(truth, those, score, iou) for truth, those in zip(truths, found, strict=True)]
    return {
        "recall": {
            name: _recall(outcomes, members)
            for name, members in groups(truths, heights)
            if any(flags.any() for flags in members)
        },
        "precision": {name: _precision(outcomes, kept) for name, kept in _parts(truths)},
        "false": {name: _false(outcomes, kept) for name, kept in _parts(truths)},
    }


def groups(truths: Sequence[Truth], heights: Sequence[float]) -> Iterator[tuple[str, list[Flags]]]:
    """Each group's name and, per picture, which of its counted boxes belong to it."""
    yield "all", [truth.counted for truth in truths]
    for source in _sources(truths):
        yield f"source {source}", [truth.counted & (truth.source == source) for truth in truths]
    for name, masks in (("without mask", UNMASKED), ("with mask", MASKED)):
        yield (
            name,
            [truth.counted & np.array([mask in masks for mask in truth.masks], bool) for truth in truths],
        )
    edges = (0.0, *heights, np.inf)
    for low, high in itertools.pairwise(edges):
        inside = [truth.counted & (truth.heights >= low) & (truth.heights < high) for truth in truths]
        yield bin_name(low, high), inside


def bin_name(low: float, high: float) -> str:
    """``height under 16``, ``height 16-24``, ``height over 48`` (pixels)."""
    if low == 0:
        return f"height under {high:g}"
    return f"height over {low:g}" if np.isinf(high) else f"height {low:g}-{high:g}"


def _parts(truths: Sequence[Truth]) -> Iterator[tuple[str, list[int]]]:
    """The complete pictures, all and by source."""
    complete = [place for place, truth in enumerate(truths) if truth.complete]
    if complete:
        yield "all", complete
    for source in _sources([truths[place] for place in complete]):
        yield f"source {source}", [place for place in complete if truths[place].source == source]


def _sources(truths: Sequence[Truth]) -> list[str]:
    return list(dict.fromkeys(truth.source for truth in truths if truth.source))


def _recall(outcomes: Sequence[Outcome], members: Sequence[Flags]) -> dict[str, Any]:
    faces = int(sum(flags.sum() for flags in members))
    found = int(sum((each.found & flags).sum() for each, flags in zip(outcomes, members, strict=True)))
    return {"faces": faces, "found": found, "recall": found / faces}


def _precision(outcomes: Sequence[Outcome], kept: Sequence[int]) -> dict[str, Any]:
    detections = sum(outcomes[place].counted for place in kept)
    right = sum(outcomes[place].right for place in kept)
    share = right / detections if detections else None
    return {"pictures": len(kept), "detections": detections, "right": right, "precision": share}


def _false(outcomes: Sequence[Outcome], kept: Sequence[int]) -> dict[str, Any]:
    false = sum(outcomes[place].false for place in kept)
    return {"pictures": len(kept), "false": false, "per_picture": false / len(kept)}
