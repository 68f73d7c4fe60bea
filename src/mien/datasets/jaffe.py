"""JAFFE (Lyons et al., "Coding Facial Expressions with Gabor Wavelets", 1998) in its published file names."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import pictures
from mien.datasets._coded_names import list_coded
from mien.datasets._pictures import DETECTOR, DrawnPictureSet, Entry, Listing
from mien.datasets.base import Counts
from mien.labels import FER7, JAFFE_CODES

_NAME = re.compile(r"([A-Z]{2})[.-](AN|DI|FE|HA|NE|SA|SU)(\d+)[.-](\d+)\.\w+", re.IGNORECASE)


@dataclass(eq=False)
class Jaffe(DrawnPictureSet):
    """JAFFE: 213 gray pictures, 256 x 256, of ten Japanese women who pose seven expressions.

    The code in a name is what was posed; the raters' means, which differ here and there, are not used.
    """

    side: int = 112
    colour: bool = False
    detector: str = DETECTOR

    title: ClassVar[str] = "JAFFE"
    rights: ClassVar[str] = "Non-commercial research only, by its owners' terms; no redistribution."
    layout: ClassVar[str] = "jaffe/KA.AN1.39.tiff (person, expression and take, number)."
    folders: ClassVar[tuple[str, ...]] = ("jaffe", "JAFFE", "jaffedbase")
    labels = FER7
    size: ClassVar[tuple[int, int] | None] = (256, 256)

    @property
    def published(self) -> Counts:
        return {"all": dict(zip(FER7, (30, 29, 32, 31, 31, 30, 30), strict=True))}

    def everything(self) -> Listing:
        return list_coded(pictures(self.root), _NAME, _describe)


def _describe(path: Path, row: int, match: re.Match[str]) -> Entry:
    person, code = match[1].upper(), match[2].upper()
    return Entry(path, JAFFE_CODES[code], row, person)
