"""ExpW judged anew and cut out, as it is passed around: ``ExpwCleaned`` with ``label_expw.csv``."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from mien.datasets import _votes, _votes_file
from mien.datasets._pictures import DrawnPictureSet, Entry, Listing
from mien.datasets.base import Fault
from mien.errors import SourceError
from mien.labels import FER7, FER8, FERPLUS8

_IMAGES = ("ExpwCleaned", "ExpwCleaned/train", "images")
_NAMED = 2
"""The columns before the votes: the picture's name and size."""


@dataclass(eq=False)
class ExpWRelabelled(DrawnPictureSet):
    """ExpW relabelled: 87,305 crops of 112 x 112 pixels, with votes in the form of FER+.

    The expression is the one that more than half of the votes agree on; crops without a majority, unknown
    ones and those without a face are left out, as FER+ does. ``contempt``: whether to keep it. How many of
    each are right is not published, so that only the number of all rows can be compared.
    """

    contempt: bool = False

    title: ClassVar[str] = "ExpW, relabelled"
    rights: ClassVar[str] = (
        "Cut from ExpW: from the web, research use; the photographs belong to their owners."
    )
    layout: ClassVar[str] = (
        "expw_relabelled/label_expw.csv (name, size, ten vote columns) and expw_relabelled/ExpwCleaned/*.png."
    )
    folders: ClassVar[tuple[str, ...]] = ("expw_relabelled", "ExpWCleaned", "expwcleaned")
    size: ClassVar[tuple[int, int] | None] = (112, 112)

    @property
    def labels(self) -> tuple[str, ...]:
        return FER8 if self.contempt else FER7

    @property
    def totals(self) -> Mapping[str, int]:
        return {"all": 87_305}

    def everything(self) -> Listing:
        path = self._file("label_expw.csv", "ExpwCleaned/label_expw.csv")
        names, votes, faults = _read(path)
        shares = _votes.majority(np.array(votes, np.int64).reshape(-1, _votes.COLUMNS))
        folders = [self.root / name for name in _IMAGES if (self.root / name).is_dir()] or [self.root]
        entries = []
        for row, (name, share) in enumerate(zip(names, shares, strict=True)):
            label = FERPLUS8[int(share.argmax())] if share.any() else ""
            if label in self.labels:
                entries.append(Entry(_found(folders, name), label, row))
        return Listing(tuple(entries), tuple(faults))


def _found(folders: list[Path], name: str) -> Path:
    """Where a picture lies; copies differ in whether it is called .png or .jpg."""
    names = [name, *(str(Path(name).with_suffix(suffix)) for suffix in (".png", ".jpg"))]
    places = [folder / each for folder in folders for each in names]
    return next((place for place in places if place.is_file()), places[0])


def _read(path: Path) -> tuple[list[str], list[list[int]], list[Fault]]:
    """Names and votes of all rows, none for a broken one, so that rows keep their places; needs no header."""
    names: list[str] = []
    votes: list[list[int]] = []
    faults = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, fields in enumerate(csv.reader(lines)):
                given = [field.strip() for field in fields[_NAMED : _NAMED + _votes.COLUMNS]]
                if not fields or (number == 0 and not any(field.isdecimal() for field in given)):
                    continue  # a blank line, or the header
                name, counts = Path(fields[0].strip().strip("\"'")).name, _counts(given)
                names.append(name)
                votes.append(counts if name and counts else [0] * _votes.COLUMNS)
                if not (name and counts):
                    faults.append(Fault("bad row", f"{path.name} line {number + 1}: {','.join(fields)}"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"Cannot read '{path}': {error}.") from error
    return names, votes, faults


def _counts(fields: list[str]) -> list[int]:
    """The votes of a row; none where these are not ten numbers of them."""
    whole = len(fields) == _votes.COLUMNS and all(field.isdecimal() for field in fields)
    counts = [int(field) for field in fields] if whole else []
    return counts if max(counts, default=0) <= _votes_file.MOST else []
