"""CK+48: the peak frames of CK+ as people pass them around, cut to 48 x 48 pixels."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import list_classes
from mien.datasets._pictures import DrawnPictureSet, Listing
from mien.datasets.base import Counts
from mien.labels import FER7, FER8

_PERSON = re.compile(r"S\d{3}")
_COUNTS = {
    "angry": 135,
    "disgust": 177,
    "fear": 75,
    "happy": 207,
    "sad": 84,
    "surprise": 249,
    "contempt": 54,
}


@dataclass(eq=False)
class CkPlus48(DrawnPictureSet):
    """CK+48: 981 gray pictures, the last three frames of each of CK+'s 327 labelled sequences.

    Its 54 pictures of contempt are called neutral in some tables; they are none: each is the peak of a
    sequence, and the set has no neutral face at all. ``contempt``: whether to keep them. The three frames
    of a sequence are near copies: a random split puts the same person and sequence on both sides.
    """

    side: int = 48
    colour: bool = False
    contempt: bool = True

    title: ClassVar[str] = "CK+48"
    people_of: ClassVar[str] = "CK+"
    rights: ClassVar[str] = "Cut from CK+: research only, by the terms of CK+'s owners; no redistribution."
    layout: ClassVar[str] = (
        "CK+48/anger/S010_004_00000017.png, and contempt, disgust, fear, happy, sadness, surprise."
    )
    folders: ClassVar[tuple[str, ...]] = ("ckplus48", "CK+48", "ck48")
    size: ClassVar[tuple[int, int] | None] = (48, 48)

    @property
    def labels(self) -> tuple[str, ...]:
        return FER8 if self.contempt else FER7

    @property
    def published(self) -> Counts:
        return {"all": {label: _COUNTS.get(label, 0) for label in self.labels}}

    def everything(self) -> Listing:
        listed = list_classes(self.root, FER8, _person)
        return Listing(tuple(entry for entry in listed.entries if entry.label in self.labels), listed.faults)


def _person(path: Path) -> str:
    """Of ``S010_004_00000017.png`` (person, sequence, frame) the person; of other names nobody is known."""
    person = path.stem.partition("_")[0]
    return person if _PERSON.fullmatch(person) else ""
