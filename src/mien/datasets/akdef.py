"""AKDEF (Lundqvist & Litton, "The Averaged Karolinska Directed Emotional Faces", 1998)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import pictures
from mien.datasets._coded_names import list_coded
from mien.datasets._pictures import DETECTOR, DrawnPictureSet, Entry, Listing
from mien.datasets.base import Counts
from mien.datasets.kdef import SEXES, VIEWS
from mien.labels import FER7, KDEF_CODES

_NAME = re.compile(r"([FM])(AF|AN|DI|HA|NE|SA|SU)(FL|HL|S|HR|FR)\.\w+", re.IGNORECASE)


@dataclass(eq=False)
class Akdef(DrawnPictureSet):
    """AKDEF: 70 gray pictures, the means of KDEF's women and of its men, per expression and side."""

    colour: bool = False
    detector: str = DETECTOR

    title: ClassVar[str] = "AKDEF"
    rights: ClassVar[str] = "Free for non-commercial research, by the owners' terms; no redistribution."
    layout: ClassVar[str] = "AKDEF/FANS.JPG (F or M, expression, view)."
    folders: ClassVar[tuple[str, ...]] = ("akdef", "AKDEF", "KDEF_and_AKDEF/AKDEF")
    labels = FER7
    size: ClassVar[tuple[int, int] | None] = (562, 762)

    @property
    def published(self) -> Counts:
        return {"all": dict.fromkeys(FER7, 10)}

    def everything(self) -> Listing:
        return list_coded(pictures(self.root), _NAME, _describe)


def _describe(path: Path, row: int, match: re.Match[str]) -> Entry:
    sex, code, view = (part.upper() for part in match.groups())
    groups = {"view": VIEWS[view], "gender": SEXES[sex]}
    return Entry(path, KDEF_CODES[code], row, groups["gender"], groups)
