"""ExpW (Zhang et al., "From Facial Expression Recognition to Interpersonal Relation Prediction", 2018)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._pictures import DrawnPictureSet, Entry, Listing
from mien.datasets.base import Counts, Fault
from mien.labels import EXPW_CODES, FER7
from mien.types import Box

_FIELDS = 8
_LISTS = ("label.lst", "label/label.lst", "data/label/label.lst")
_IMAGES = ("image/origin", "data/image/origin", "origin", "image", "images")
_COUNTS = (3671, 3995, 1088, 30537, 10559, 7060, 34883)


@dataclass(eq=False)
class ExpW(DrawnPictureSet):
    """ExpW: 91,793 faces in web photographs, each with a box and one of seven expressions.

    The boxes are tight, so that a ``scale`` over 1 shows more of the head. Lines of faces that the set's own
    detector was unsure of are as valid as others; the group ``confidence`` says low (under 30) or high.
    """

    title: ClassVar[str] = "ExpW"
    rights: ClassVar[str] = "Collected from the web, research use; the photographs belong to their owners."
    layout: ClassVar[str] = (
        "expw/label.lst (or expw/label/label.lst) with lines of name, number of the face, top, left, right, "
        "bottom, confidence, label; and expw/image/origin/*.jpg."
    )
    folders: ClassVar[tuple[str, ...]] = ("expw", "ExpW")
    labels = FER7

    @property
    def published(self) -> Counts:
        return {"all": dict(zip(FER7, _COUNTS, strict=True))}

    def everything(self) -> Listing:
        images = next((self.root / name for name in _IMAGES if (self.root / name).is_dir()), self.root)
        entries, faults = [], []
        for row, line in enumerate(self._file(*_LISTS).read_text("utf-8-sig", errors="replace").splitlines()):
            entry = _entry(line, row, images)
            if entry is not None:
                entries.append(entry)
            elif line.strip():
                faults.append(Fault("bad line", f"line {row + 1} of label.lst: '{line}'"))
        return Listing(tuple(entries), tuple(faults))


def _entry(line: str, row: int, images: Path) -> Entry | None:
    """One line of the list; None where it does not fit. Names may hold blanks: the numbers are the last."""
    fields = line.rsplit(maxsplit=_FIELDS - 1)
    if len(fields) != _FIELDS or fields[-1] not in EXPW_CODES:
        return None
    try:
        _, top, left, right, bottom, confidence = map(float, fields[1:-1])
    except ValueError:
        return None
    groups = {"confidence": "low" if confidence < 30 else "high"}
    box = Box(left, top, right, bottom)
    return Entry(images / fields[0], EXPW_CODES[fields[-1]], row, groups=groups, box=box)
