"""Detectors that are compared: built to give everything that they see, down to a low score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mien import registry
from mien.detectors.base import Detector
from mien.errors import BadOption
from mien.evaluation.corruptions import framed
from mien.evaluation.detection_truth import Found, as_found
from mien.types import Image

LOWEST = 0.05
"""Detections of this score and more are asked for: the curve of precision and recall needs the weak ones."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A detector under the name that tables show. ``note`` says what its figures suffer from, if anything."""

    name: str
    written: str
    detector: Detector
    frame: int = 0
    note: str = ""

    def find(self, image: Image) -> Found:
        """What it finds in ``image`` (H, W, 3) uint8 BGR, put into a frame of ``frame`` pixels, if not 0.

        Boxes are cut to the picture, as detectors themselves do; in the frame they may go beyond it.
        """
        found = as_found(self.detector.detect(framed(image, self.frame)))
        height, width = image.shape[:2]
        return Found(np.clip(found.boxes, 0, np.array((width, height) * 2, np.float32)), found.scores)


def build(written: Sequence[str], long_side: int = 0, frame: int = 0) -> list[Candidate]:
    """One candidate per name (as ``NAME:key=value``), each down to the score `LOWEST` where it can.

    What the name itself states wins. ``long_side``, where not 0, goes to those that have such an option.
    Raises `BadOption` for none and for one named twice.
    """
    if not written or len(set(written)) < len(written):
        raise BadOption(f"Detectors given: {', '.join(written) or 'none'}. Give one or more, each once.")
    return [
        _candidate(text, name, long_side, frame) for text, name in zip(written, _labels(written), strict=True)
    ]


def variant(written: str, **options: Any) -> Detector:
    """The detector with ``options``; `BadOption` where it lacks one."""
    lacking = options.keys() - _options(written)
    if lacking:
        raise BadOption(f"{written} has no option {', '.join(sorted(lacking))}.")
    detector: Detector = registry.load("detectors", written, **options)
    return detector


def has_option(written: str, option: str) -> bool:
    """Whether the detector takes ``option``."""
    return option in _options(written)


def _candidate(written: str, name: str, long_side: int, frame: int) -> Candidate:
    given, known = registry.parse(written)[1], _options(written)
    wanted: dict[str, Any] = {"score_threshold": LOWEST, **({"long_side": long_side} if long_side else {})}
    options = {key: value for key, value in wanted.items() if key in known - given.keys()}
    detector: Detector = registry.load("detectors", written, **options)  # refuses values that do not fit
    notes = []
    if "score_threshold" not in known:
        notes.append("gives no weak detections (it has no score_threshold), so its AP is a lower bound")
    elif float(given.get("score_threshold", LOWEST)) > LOWEST:
        notes.append(f"only from score {given['score_threshold']} on, so its AP is a lower bound")
    if long_side and "long_side" not in known:
        notes.append("has no long_side: it sees pictures at its own size")
    return Candidate(name, written, detector, frame, "; ".join(notes))


def _options(written: str) -> set[str]:
    return {option.name for option in registry.schema("detectors", registry.parse(written)[0])}


def _labels(written: Sequence[str]) -> list[str]:
    """The names without their options, where that leaves them different."""
    short = [registry.parse(text)[0] for text in written]
    return [name if short.count(name) == 1 else text for name, text in zip(short, written, strict=True)]
