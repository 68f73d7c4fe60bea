"""Faces and their expressions in whole pictures: one stage and two stages side by side, in one table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from mien.datasets.base import data_folder
from mien.errors import BadOption, SourceError
from mien.evaluation import detection_ap, expressions_figures, machine
from mien.evaluation.expressions_figures import IOU
from mien.evaluation.expressions_readers import LOWEST, Read, build
from mien.evaluation.expressions_time import timings
from mien.evaluation.expressions_truth import IGNORED, UNKNOWN, Stated, stated
from mien.evaluation.pictures import decodable, picture
from mien.labels import FER7
from mien.scenes.base import Reading, Scene, open_scenes

HEIGHTS = (32.0, 64.0, 128.0)
PAPER: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "all": (0.72, 0.76),
        "angry": (0.813, 0.866),
        "disgust": (0.634, 0.666),
        "fear": (0.647, 0.671),
        "happy": (0.852, 0.908),
        "sad": (0.625, 0.583),
        "surprise": (0.786, 0.837),
        "neutral": (0.683, 0.788),
    }
)
"""Precision and mAP@0.5 that a paper on a YOLOv5-style network states for RAF-DB."""
PAPER_DATA = "RAF-DB"
REPEATS = MappingProxyType({"collage7": "collage7 repeats people across its splits"})
"""What has to be said beside the figures of a part of a set."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is scored, and how.

    ``data`` is a set of scenes, as ``coco:PATH``; ``source`` keeps those pictures whose source is called so.
    ``long_side`` goes to the detectors that have such an option (0: their own). ``heights`` (pixels) are
    where the slices by size meet. ``rounds`` is the number of frames timed; 0: none.
    """

    data: str
    source: str = ""
    long_side: int = 0
    heights: tuple[float, ...] = HEIGHTS
    rounds: int = 20


def evaluate(
    names: Sequence[str], settings: Settings, progress: Progress = lambda what, done, whole: None
) -> dict[str, Any]:
    """Score ``names``, each a detector that reads expressions or ``detector+classifier``.

    See ``docs/one_stage.md`` for what the figures mean. Raises `BadOption` for settings that do not fit, and
    what the reading of data and models raises.
    """
    if list(settings.heights) != sorted(set(settings.heights)) or min(settings.heights, default=1) <= 0:
        raise BadOption(f"heights={settings.heights}: give rising numbers over 0, as 32,64,128.")
    if settings.rounds < 0:
        raise BadOption(f"rounds={settings.rounds}: give a count of frames, or 0 to time nothing.")
    readers = build(names, settings.long_side)
    detection_ap.tools()
    reading = decodable(open_scenes(settings.data, Path(), data_folder()))
    scenes = _chosen(reading, settings.source)
    truths = [stated(scene) for scene in scenes]
    reads: list[list[Read]] = [[] for _ in readers]
    for place, scene in enumerate(scenes):
        image = picture(scene)
        for reader, found in zip(readers, reads, strict=True):
            found.append(reader.read(image))
        progress("reading", place + 1, len(scenes))
    spent: list[list[dict[str, Any]]] = [[] for _ in readers]
    if settings.rounds:
        spent = timings(readers, settings.rounds, lambda done, whole: progress("timing", done, whole))
    return {
        "settings": {**asdict(settings), "lowest_score": LOWEST, "iou": IOU},
        "machine": machine.facts(),
        "data": _facts(reading, truths),
        "paper": {"data": PAPER_DATA, "figures": {label: list(pair) for label, pair in PAPER.items()}},
        "readers": {
            reader.written: {
                "stages": reader.stages,
                "note": reader.note,
                **expressions_figures.figures(truths, found, settings.heights),
                "time": rows,
            }
            for reader, found, rows in zip(readers, reads, spent, strict=True)
        },
    }


def _chosen(reading: Reading, source: str) -> list[Scene]:
    if not reading.scenes:
        raise SourceError("The set has no picture that can be used. Give a set with pictures.")
    scenes = [scene for scene in reading.scenes if source in ("", scene.source)]
    if not scenes:
        known = ", ".join(sorted({scene.source for scene in reading.scenes} - {""})) or "none"
        raise BadOption(f"No picture comes from the source '{source}'. The set's sources: {known}.")
    return scenes


def _facts(reading: Reading, truths: Sequence[Stated]) -> dict[str, Any]:
    classes = np.concatenate([truth.classes for truth in truths])
    sources = sorted({truth.source for truth in truths if truth.source})
    return {
        "pictures": len(truths),
        "complete": sum(truth.complete for truth in truths),
        "faces": {label: int((classes == place).sum()) for place, label in enumerate(FER7)},
        "unknown": int((classes == UNKNOWN).sum()),
        "ignored": int((classes == IGNORED).sum()),
        "sources": {name: sum(truth.source == name for truth in truths) for name in sources},
        "notes": [REPEATS[name] for name in sources if name in REPEATS],
        "left_out": [asdict(fault) for fault in reading.faults],
    }
