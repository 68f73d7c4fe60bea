"""Face detectors side by side: one run, the same pictures, one report.

The parts, each of which can be asked for alone:
  ap       average precision (COCO), overall and by source, with its interval; WIDER FACE by its own too
  recall   recall and precision at one score: by source, mask and height; false faces per picture
  stress   what is still found in pictures that are turned, dark, small, blurred, covered ...
  time     milliseconds of a frame at several sizes
  empty    false faces on a video without any
  agree    how many of another detector's boxes on a video are found too
Every share is in [0, 1]; what cannot be told is None.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mien.datasets.base import data_folder
from mien.errors import BadOption, SourceError, UnknownName
from mien.evaluation import detection_ap, detection_precision, detection_recall, detection_wider, machine
from mien.evaluation.detection_candidates import LOWEST, Candidate, build
from mien.evaluation.detection_stress import chosen, stress
from mien.evaluation.detection_time import timings
from mien.evaluation.detection_truth import Flags, Found, Truth, truth
from mien.evaluation.detection_video import agreement, empty
from mien.evaluation.pictures import decodable, picture
from mien.pipeline import open_source
from mien.scenes.base import Reading, Scene, SceneSet, open_scenes

PARTS = ("ap", "recall", "stress", "time", "empty", "agree")
_NEEDS = {"ap": "data", "recall": "data", "stress": "data", "empty": "empty", "agree": "agree"}
"""Part to the setting without which it cannot be."""
_COUNTS = ("every", "frame", "long_side", "agree_side")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is scored, and how.

    ``data`` is a set of scenes as ``coco:PATH``. ``parts`` are some of `PARTS`; empty: all that the other
    settings allow. A detection counts from ``score`` on, a face is found at an overlap of ``iou``.
    ``long_side`` goes to the detectors that have such an option (0: their own); ``frame`` adds black to
    smaller pictures up to this long side, so that nothing is enlarged (0: not). ``reference`` is the detector
    whose finds the stress table and the agreement start from; empty: the first. ``empty`` and ``agree`` are
    videos, of which each ``every``-th frame is taken; ``agree_side`` is the long side for ``agree`` (0: as
    ``long_side``). ``resamples`` is the number of draws of the bootstrap, ``rounds`` that of frames timed.
    """

    data: str = ""
    parts: tuple[str, ...] = ()
    score: float = 0.6
    iou: float = 0.4
    long_side: int = 0
    frame: int = 0
    reference: str = ""
    empty: str = ""
    agree: str = ""
    agree_side: int = 0
    every: int = 1
    heights: tuple[float, ...] = detection_recall.HEIGHTS
    corruptions: tuple[str, ...] = ()
    resamples: int = 1000
    rounds: int = 40


@dataclass(frozen=True, slots=True)
class _Run:
    """What the parts share."""

    settings: Settings
    candidates: Sequence[Candidate]
    progress: Progress
    scene_set: SceneSet | None = None
    reading: Reading = field(default_factory=lambda: Reading(()))
    truths: Sequence[Truth] = ()
    subsets: Mapping[str, Sequence[Flags]] = field(default_factory=dict)
    found: dict[str, list[Found]] = field(default_factory=dict)

    @property
    def scenes(self) -> Sequence[Scene]:
        return self.reading.scenes

    def counting(self, what: str) -> Callable[[int, int], None]:
        return lambda done, whole: self.progress(what, done, whole)

    def reference(self) -> str:
        return self.settings.reference or self.candidates[0].written


def evaluate(
    detectors: Sequence[str], settings: Settings, progress: Progress = lambda what, done, whole: None
) -> dict[str, Any]:
    """Score ``detectors`` (names with options) as ``settings`` say; see ``docs/evaluation_detection.md``.

    ``progress(what, done, whole)`` is called as the work goes on. Raises `BadOption` for settings that do not
    fit together, and what the reading of data, videos and detectors raises.
    """
    parts = _parts(settings)
    run = _prepared(detectors, settings, parts, progress)
    if {"ap", "recall"} & set(parts):
        _detect(run)
    makers = {
        "ap": _ap,
        "recall": _recall,
        "stress": _stress,
        "time": _time,
        "empty": _empty,
        "agree": _agree,
    }
    return {
        "settings": {**asdict(settings), "parts": parts, "lowest_score": LOWEST},
        "machine": machine.facts(),
        "data": _facts(run.reading, run.truths) if settings.data else None,
        "detectors": {each.name: {"written": each.written, "note": each.note} for each in run.candidates},
        **{part: makers[part](run) for part in PARTS if part in parts},
    }


def _parts(settings: Settings) -> list[str]:
    for part in settings.parts:
        if part not in PARTS:
            raise UnknownName("part", part, PARTS)
        if part in _NEEDS and not getattr(settings, _NEEDS[part]):
            raise BadOption(f"The part '{part}' needs --{_NEEDS[part]}. Give it, or leave the part out.")
    if not 0 <= settings.score <= 1 or not 0 < settings.iou <= 1:
        raise BadOption(f"score={settings.score}, iou={settings.iou}: give shares from 0 to 1 (iou over 0).")
    # Comparisons that are false for NaN refuse that, too.
    if not all(low < high for low, high in itertools.pairwise((0.0, *settings.heights, math.inf))):
        raise BadOption(f"heights={settings.heights}: give rising numbers over 0, as 16,24,48.")
    if settings.rounds < 1 or settings.resamples < 0:
        given = f"rounds={settings.rounds}, resamples={settings.resamples}"
        raise BadOption(f"{given}: give 1 round or more, and no fewer than 0 resamples.")
    if (
        not settings.every >= 1
        or settings.every % 1
        or min(settings.frame, settings.long_side, settings.agree_side) < 0
    ):
        given = ", ".join(f"{name}={getattr(settings, name)}" for name in _COUNTS)
        raise BadOption(f"{given}: give every as a whole number from 1 on, and pixels as 0 or more.")
    chosen(settings.corruptions)
    possible = [part for part in PARTS if part not in _NEEDS or getattr(settings, _NEEDS[part])]
    return [part for part in possible if part in (settings.parts or possible)]


def _prepared(detectors: Sequence[str], settings: Settings, parts: Sequence[str], progress: Progress) -> _Run:
    """Everything that is needed, opened: what cannot be ends it before the work, and not after an hour."""
    run = _Run(settings, build(detectors, settings.long_side, settings.frame), progress)
    if {"stress", "agree"} & set(parts):
        _named(run, settings.long_side)
    for part in {"empty", "agree"} & set(parts):
        open_source(getattr(settings, part)).close()
    if not settings.data:
        return run
    scene_set = open_scenes(settings.data, Path(), data_folder())
    reading = decodable(scene_set)
    if not reading.scenes:
        raise SourceError(f"'{settings.data}' has no picture that can be used. Give a set with pictures.")
    subsets: dict[str, list[Flags]] = {}
    if "ap" in parts:
        detection_ap.tools()
        subsets = _subsets(scene_set, reading.scenes)
    truths = [truth(scene) for scene in reading.scenes]
    return replace(run, scene_set=scene_set, reading=reading, truths=truths, subsets=subsets)


def _subsets(scene_set: SceneSet, scenes: Sequence[Scene]) -> dict[str, list[Flags]]:
    """The official subsets whose files are there: of each scene, which of its boxes belong to them."""
    files = detection_wider.subset_files(scene_set.subset_folder) if scene_set.subset_folder else {}
    return {
        name: detection_wider.members(scenes, detection_wider.read_subset(path))
        for name, path in files.items()
    }


def _detect(run: _Run) -> None:
    """Every candidate on every picture; the detectors take turns on each."""
    run.found.update({each.name: [] for each in run.candidates})
    for place, scene in enumerate(run.scenes):
        image = picture(scene)
        for each in run.candidates:
            run.found[each.name].append(each.find(image))
        run.progress("searching", place + 1, len(run.scenes))


def _facts(reading: Reading, truths: Sequence[Truth]) -> dict[str, Any]:
    sources = {each.source for each in truths if each.source}
    return {
        "pictures": len(truths),
        "complete": sum(each.complete for each in truths),
        "faces": sum(len(each.boxes) for each in truths),
        "ignored": int(sum((~each.counted).sum() for each in truths)),
        "sources": {name: sum(each.source == name for each in truths) for name in sorted(sources)},
        "left_out": [asdict(fault) for fault in reading.faults],
        "published": dict(reading.published),
    }


def _ap(run: _Run) -> dict[str, Any]:
    found = detection_precision.figures(run.truths, run.found, run.settings.resamples, run.subsets)
    folder = run.scene_set.subset_folder if run.scene_set is not None else None
    if folder is not None and not run.subsets:
        found["subsets_problem"] = detection_wider.no_files(folder)
    return found


def _recall(run: _Run) -> dict[str, Any]:
    settings = run.settings
    return {
        each.name: detection_recall.figures(
            run.truths, run.found[each.name], settings.score, settings.iou, settings.heights
        )
        for each in run.candidates
    }


def _stress(run: _Run) -> dict[str, Any]:
    settings = run.settings
    reference = _named(run, settings.long_side)
    rows = stress(
        run.candidates,
        reference,
        run.scenes,
        names=settings.corruptions,
        score=settings.score,
        iou=settings.iou,
        progress=run.counting("corrupting"),
    )
    return {"reference": reference.name, "detectors": rows}


def _time(run: _Run) -> dict[str, Any]:
    return timings(run.candidates, rounds=run.settings.rounds, progress=run.counting("timing"))


def _empty(run: _Run) -> dict[str, Any]:
    settings = run.settings
    found = empty(
        run.candidates,
        settings.empty,
        score=settings.score,
        every=settings.every,
        progress=run.counting(f"watching {Path(settings.empty).name}"),
    )
    return {"video": settings.empty, "detectors": found}


def _agree(run: _Run) -> dict[str, Any]:
    settings = run.settings
    side = settings.agree_side or settings.long_side
    reference = _named(run, side)
    found = agreement(
        build([each.written for each in run.candidates], side, settings.frame),
        reference,
        settings.agree,
        score=settings.score,
        every=settings.every,
        progress=run.counting(f"watching {Path(settings.agree).name}"),
    )
    return {"video": settings.agree, "reference": reference.name, "long_side": side, "detectors": found}


def _named(run: _Run, long_side: int) -> Candidate:
    """The reference, by the name that tables show or as written with its options; built anew."""
    wanted = run.reference()
    written = next((each.written for each in run.candidates if wanted in (each.name, each.written)), wanted)
    return build([written], long_side, run.settings.frame)[0]
