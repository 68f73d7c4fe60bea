"""How much of what goes wrong with pictures a detector stands."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mien.errors import UnknownName
from mien.evaluation.corruptions import CORRUPTIONS, Corruption
from mien.evaluation.detection_candidates import Candidate
from mien.evaluation.detection_truth import Flags, Truth, covered, truth
from mien.scenes.base import Scene
from mien.types import Floats, Image

SIMILAR = 0.8
"""Faces are of about one height where the lowest has this share of the highest."""
Counts = dict[str, dict[str, int]]


def stress(
    candidates: Sequence[Candidate],
    reference: Candidate,
    scenes: Sequence[Scene],
    *,
    names: Sequence[str] = (),
    score: float = 0.6,
    iou: float = 0.4,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> dict[str, list[dict[str, Any]]]:
    """Per candidate one row per corruption and severity, in the order of `CORRUPTIONS`.

    ``of_found`` is the share found under the corruption among the given faces that ``reference`` finds in the
    clean picture; ``recall`` the share of all given faces (None where each face is scaled by itself). A face
    is found where a detection of ``score`` or more overlaps its mapped box by ``iou``. ``names`` chooses the
    corruptions; empty: all.
    """
    chosen = _chosen(names)
    counts: dict[tuple[str, str, float], dict[str, int]] = {
        (each.name, name, severity): {"known": 0, "known_found": 0, "faces": 0, "found": 0}
        for each in candidates
        for name in chosen
        for severity in CORRUPTIONS[name].severities
    }
    for place, scene in enumerate(scenes):
        image, given = scene.image(), truth(scene)
        known = given.counted & covered(given.boxes, reference.find(image).above(score).boxes, iou)
        for name in chosen:
            corruption = CORRUPTIONS[name]
            for severity in corruption.severities:
                for picture, boxes, members in _cases(corruption, severity, image, given, known):
                    for each in candidates:
                        hit = covered(boxes, each.find(picture).above(score).boxes, iou)
                        _count(counts[each.name, name, severity], hit, known[members], given.counted[members])
        progress(place + 1, len(scenes))
    return {
        each.name: [
            _row(name, severity, counts[each.name, name, severity])
            for name in chosen
            for severity in CORRUPTIONS[name].severities
        ]
        for each in candidates
    }


def by_height(heights: Floats) -> list[list[int]]:
    """Places of ``heights`` (N,) in groups whose lowest has at least `SIMILAR` of the highest."""
    found: list[list[int]] = []
    for place in np.argsort(-heights, kind="stable").tolist():
        if found and heights[place] >= SIMILAR * heights[found[-1][0]]:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _cases(
    corruption: Corruption, severity: float, image: Image, given: Truth, known: Flags
) -> Iterator[tuple[Image, Floats, list[int]]]:
    """The corrupted picture, its boxes, and their places among the given ones; nothing is ever enlarged."""
    if not corruption.one_height:
        yield *corruption.apply(image, given.boxes, severity), list(range(len(given.boxes)))
        return
    usable = np.flatnonzero(known & (given.heights > severity))
    for group in by_height(given.heights[usable]):
        members = usable[group].tolist()
        yield *corruption.apply(image, given.boxes[members], severity), members


def _count(counts: dict[str, int], hit: Flags, known: Flags, counted: Flags) -> None:
    counts["known"] += int(known.sum())
    counts["known_found"] += int((known & hit).sum())
    counts["faces"] += int(counted.sum())
    counts["found"] += int((counted & hit).sum())


def _row(name: str, severity: float, counts: dict[str, int]) -> dict[str, Any]:
    corruption = CORRUPTIONS[name]
    whole = not corruption.one_height and counts["faces"] > 0
    return {
        "corruption": name,
        "severity": severity,
        "unit": corruption.unit,
        "faces": counts["known"],
        "found": counts["known_found"],
        "of_found": counts["known_found"] / counts["known"] if counts["known"] else None,
        "recall": counts["found"] / counts["faces"] if whole else None,
    }


def _chosen(names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in CORRUPTIONS:
            raise UnknownName("corruption", name, CORRUPTIONS)
    return [name for name in CORRUPTIONS if not names or name in names]
