"""How much of what goes wrong with pictures a detector stands."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien.errors import UnknownName
from mien.evaluation.corruptions import CORRUPTIONS, Corruption
from mien.evaluation.detection_candidates import Candidate
from mien.evaluation.detection_truth import Flags, Truth, covered, truth
from mien.evaluation.pictures import picture
from mien.scenes.base import Scene
from mien.types import Floats, Image

SIMILAR = 0.8
"""Faces are of about one height where the lowest has this share of the highest."""


@dataclass(slots=True)
class _Counts:
    """``faces`` given, ``found`` when corrupted; ``known`` are those that the reference finds clean."""

    known: int = 0
    known_found: int = 0
    faces: int = 0
    found: int = 0

    def add(self, hit: Flags, known: Flags, counted: Flags) -> None:
        self.known += int(known.sum())
        self.known_found += int((known & hit).sum())
        self.faces += int(counted.sum())
        self.found += int((counted & hit).sum())


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
    kinds = [(name, severity) for name in chosen(names) for severity in CORRUPTIONS[name].severities]
    counts = {(each.name, *kind): _Counts() for each in candidates for kind in kinds}
    for place, scene in enumerate(scenes):
        image, given = picture(scene), truth(scene)
        known = given.counted & covered(given.boxes, reference.find(image).above(score).boxes, iou)
        for name, severity in kinds:
            for spoilt, boxes, members in _cases(CORRUPTIONS[name], severity, image, given, known):
                for each in candidates:
                    hit = covered(boxes, each.find(spoilt).above(score).boxes, iou)
                    counts[each.name, name, severity].add(hit, known[members], given.counted[members])
        progress(place + 1, len(scenes))
    return {each.name: [_row(*kind, counts[each.name, *kind]) for kind in kinds] for each in candidates}


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


def _row(name: str, severity: float, counts: _Counts) -> dict[str, Any]:
    corruption = CORRUPTIONS[name]
    whole = not corruption.one_height and counts.faces > 0
    return {
        "corruption": name,
        "severity": severity,
        "unit": corruption.unit,
        "faces": counts.known,
        "found": counts.known_found,
        "of_found": counts.known_found / counts.known if counts.known else None,
        "recall": counts.found / counts.faces if whole else None,
    }


def chosen(names: Sequence[str]) -> list[str]:
    """``names`` in the order of `CORRUPTIONS`, all of them for none; `UnknownName` for others."""
    for name in names:
        if name not in CORRUPTIONS:
            raise UnknownName("corruption", name, CORRUPTIONS)
    return [name for name in CORRUPTIONS if not names or name in names]
