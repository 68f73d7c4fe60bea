"""KDEF (Lundqvist, Flykt & Öhman, "The Karolinska Directed Emotional Faces", 1998) in its published names."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import pictures
from mien.datasets._coded_names import chosen, list_coded
from mien.datasets._pictures import DETECTOR, DrawnPictureSet, Entry, Listing
from mien.datasets.base import Counts
from mien.labels import FER7, KDEF_CODES

VIEWS = {"FL": "full left", "HL": "half left", "S": "straight", "HR": "half right", "FR": "full right"}
SEXES = {"F": "female", "M": "male"}
_NAME = re.compile(r"([AB])([FM])(\d\d)(AF|AN|DI|HA|NE|SA|SU)(FL|HL|S|HR|FR)\.\w+", re.IGNORECASE)
_MISNAMED = {"AF31V.JPG": "AF31SAHL.JPG", "AM31H.JPG": "AM31SUHR.JPG"}
"""Two pictures are published under names cut short: what they show is all that these actors' folders lack."""


@dataclass(eq=False)
class Kdef(DrawnPictureSet):
    """KDEF: 4,900 photographs of 70 actors, seven expressions from five sides, each taken twice.

    ``views``: "all", or some of FL, HL, S, HR and FR as ``S+HL+HR``. Faces in full profile are seldom found.
    """

    detector: str = DETECTOR
    views: str = "all"

    title: ClassVar[str] = "KDEF"
    rights: ClassVar[str] = "Free for non-commercial research, by the owners' terms; no redistribution."
    layout: ClassVar[str] = (
        "KDEF/AF01/AF01ANS.JPG (series A or B, F or M, actor, expression, view), in folders or not."
    )
    folders: ClassVar[tuple[str, ...]] = ("kdef", "KDEF", "KDEF_and_AKDEF/KDEF")
    labels = FER7
    size: ClassVar[tuple[int, int] | None] = (562, 762)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._views = chosen("views", self.views.upper() if self.views != "all" else "all", VIEWS)

    @property
    def published(self) -> Counts:
        return {"all": dict.fromkeys(FER7, 140 * len(self._views))}

    def everything(self) -> Listing:
        listed = list_coded(pictures(self.root), _NAME, _describe, _MISNAMED)
        wanted = {VIEWS[view] for view in self._views}
        kept = tuple(entry for entry in listed.entries if entry.groups["view"] in wanted)
        return Listing(kept, listed.faults)


def _describe(path: Path, row: int, match: re.Match[str]) -> Entry:
    series, sex, actor, code, view = (part.upper() for part in match.groups())
    groups = {"view": VIEWS[view], "gender": SEXES[sex], "series": series}
    return Entry(path, KDEF_CODES[code], row, sex + actor, groups)
