"""RaFD (Langner et al., "Presentation and validation of the Radboud Faces Database", 2010)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import pictures
from mien.datasets._coded_names import chosen, list_coded
from mien.datasets._pictures import DETECTOR, DrawnPictureSet, Entry, Listing
from mien.datasets.base import Counts
from mien.labels import FER7, FER8, WORDS

CAMERAS = ("000", "045", "090", "135", "180")
"""Degrees around the face; 090 is straight ahead."""
GAZES = ("frontal", "left", "right")
_PEOPLE = 67
_NAME = re.compile(
    r"Rafd(000|045|090|135|180)_(\d+)_(\w+?)_(female|male)_"
    r"(angry|contemptuous|disgusted|fearful|happy|neutral|sad|surprised)_(frontal|left|right)\.\w+",
    re.IGNORECASE,
)


@dataclass(eq=False)
class Rafd(DrawnPictureSet):
    """RaFD: 8,040 photographs of 67 people, eight expressions, five cameras, three directions of gaze.

    ``views``: "all", or some cameras as ``045+090+135``. ``contempt``: whether to keep it.
    """

    detector: str = DETECTOR
    views: str = "all"
    contempt: bool = True

    title: ClassVar[str] = "RaFD"
    rights: ClassVar[str] = "Non-commercial research only, on request from its owners; no redistribution."
    layout: ClassVar[str] = "rafd/Rafd090_01_Caucasian_female_angry_frontal.jpg."
    folders: ClassVar[tuple[str, ...]] = ("rafd", "RaFD", "RafD")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._views = chosen("views", self.views, CAMERAS)

    @property
    def labels(self) -> tuple[str, ...]:
        return FER8 if self.contempt else FER7

    @property
    def published(self) -> Counts:
        return {"all": dict.fromkeys(self.labels, _PEOPLE * len(self._views) * len(GAZES))}

    def everything(self) -> Listing:
        listed = list_coded(pictures(self.root), _NAME, _describe)
        kept = [entry for entry in listed.entries if entry.groups["view"] in self._views]
        return Listing(tuple(entry for entry in kept if entry.label in self.labels), listed.faults)


def _describe(path: Path, row: int, match: re.Match[str]) -> Entry:
    view, model, people, gender, expression, gaze = match.groups()
    groups = {"view": view, "gaze": gaze.lower(), "gender": gender.lower(), "people": people}
    return Entry(path, WORDS[expression.lower()], row, model, groups)
