"""FER2013 (Goodfellow et al., "Challenges in Representation Learning", 2013) in its published forms."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from mien import imageops
from mien.datasets import _fer2013_csv, _votes, _votes_file
from mien.datasets._class_folders import class_folders, list_classes
from mien.datasets._cutting import Cutter
from mien.datasets._fer2013_csv import SIDE
from mien.datasets._pictures import Entry, read_entries
from mien.datasets.base import Absent, CheckedDataset, Counts, Fault, Indices, Reading
from mien.errors import SourceError
from mien.labels import FER7

_TABLES = tuple("fer2013.csv" + suffix for suffix in ("", ".gz", ".bz2", ".xz", ".zip"))
_FILES = (*_TABLES, "fer2013.zip", "icml_face_data.csv")
_COUNTS = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
}
_PARTS = {
    "Training": ("train", "Training"),
    "PublicTest": ("PublicTest", "val", "valid", "validation", "test"),
    "PrivateTest": ("PrivateTest", "test"),
}
"""What the folder of a part may be called; small and capital letters are the same."""


@dataclass(eq=False)
class Fer2013(CheckedDataset):
    """48x48 gray faces from a web search, seven expressions; 28,709 / 3,589 / 3,589 pictures.

    Two forms are read: the table ``fer2013.csv``, plain or packed (.gz, .bz2, .xz, .zip), with the columns
    ``emotion,pixels,Usage``; or pictures in class folders, as ``train/angry``. In the latter the folder
    ``test`` holds both test parts: the beginning of a name (``PublicTest_123.jpg``) tells them apart.
    ``row_flags.csv`` beside the table, where present, marks rows that leaked. ``folder`` may also name the
    table itself.
    """

    title: ClassVar[str] = "FER2013"
    rights: ClassVar[str] = "Collected from the web without a formal licence; research use."
    layout: ClassVar[str] = (
        "fer2013/fer2013.csv (or .csv.gz, .csv.bz2, .csv.xz, .zip), or fer2013/train/angry/*.jpg and so on."
    )
    folders: ClassVar[tuple[str, ...]] = ("fer2013", "FER2013")
    labels = FER7
    splits = ("Training", "PublicTest", "PrivateTest")

    _parts: dict[str, Reading] = field(default_factory=dict, init=False, repr=False)

    @property
    def published(self) -> Counts:
        return {split: dict(zip(FER7, counts, strict=True)) for split, counts in _COUNTS.items()}

    def read(self, split: str) -> Reading:
        """One part as (N, 48, 48) gray pictures."""
        self._check_split(split)
        table = self.table()
        if table is not None:
            return self._from_table(table, split)
        if not any(class_folders(path) for path in self._folders().values()):
            raise self.absent(f"there is no file {' or '.join(_TABLES)} and no folder train")
        return self._from_folders(split)

    @property
    def root(self) -> Path:
        """As for every set; that of the table, where ``folder`` is the table itself."""
        return Path(self.folder).parent if self._is_file else super().root

    @property
    def _is_file(self) -> bool:
        return bool(self.folder) and Path(self.folder).is_file()

    def table(self) -> Path | None:
        """The file of all pictures; None where there is none."""
        if self._is_file:
            return Path(self.folder)
        return next((self.root / name for name in _FILES if (self.root / name).is_file()), None)

    def leaked(self, split: str) -> Indices:
        """Rows of PublicTest whose pixels also stand in Training, from ``row_flags.csv``; else none."""
        flagged = self.flags("exact_dup_in_training", "1") if split == "PublicTest" else []
        return np.array(flagged, np.int64)

    def faceless(self, split: str) -> Indices:
        """By the votes in ``fer2013new.csv``, where it lies beside the table; else none.

        Those that most raters called "not a face", and those of which no votes are known: pictures that
        stand in another's row (``row_exact=0``), nearly all of which say that the picture is gone.
        """
        path = self.votes_file()
        if path is None:
            return np.empty(0, np.int64)
        usages, votes = _votes_file.read(path)
        odd = _votes.faceless(votes)
        odd[[row for row in self.flags("row_exact", "0") if row < len(odd)]] = True
        return np.flatnonzero(odd & (np.array(usages) == split))

    def votes_file(self) -> Path | None:
        """The file of FER+'s votes on the rows of the table; None where either is not there."""
        found = (self.root / name for name in _votes_file.PLACES if (self.root / name).is_file())
        return next(found, None) if self.table() else None

    def flags(self, column: str, value: str) -> list[int]:
        """The rows of the table that ``row_flags.csv`` marks so; none without that file."""
        path = self.root / "row_flags.csv"
        if not path.is_file() or self.table() is None:
            return []
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                return [int(row["row"]) for row in csv.DictReader(lines) if row[column] == value]
        except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
            raise SourceError(
                f"Cannot read '{path}': {error!r}. It must have the columns row and {column}."
            ) from error

    def _from_table(self, table: Path, split: str) -> Reading:
        if not self._parts:
            self._parts.update(_fer2013_csv.read(table))
        if split not in self._parts:
            raise Absent(f"'{table}' has no {split} rows. Use another split or the complete file.")
        return self._parts[split]

    def _folders(self) -> dict[str, Path]:
        """The folders that parts may lie in, by their names in lower case."""
        known = {name for split in _PARTS for name in _called(split)}
        return {name: path for path in class_folders(self.root) if (name := path.name.lower()) in known}

    def _from_folders(self, split: str) -> Reading:
        """The part out of class folders, its rows counted in the order of the sorted names."""
        folders = self._folders()
        name = next((name for name in _called(split) if name in folders), "")
        if not name:
            raise self.absent(f"there is no folder {' or '.join(_PARTS[split])}")
        listed = list_classes(folders[name], FER7)
        entries, faults = listed.entries, listed.faults
        if name == "test" and not folders.keys() & set(_called("PublicTest")[:-1]):
            entries, strays = _sorted_out(entries, split)
            faults = (*faults, *strays)
        if not entries:
            raise self.empty(split, faults)
        cutter = Cutter(SIDE, colour=False, detector="", scale=1.0)
        reading = read_entries(
            entries,
            FER7,
            cutter,
            root=self.root,
            open_picture=lambda entry: imageops.read(entry.path),
            size=(SIDE, SIDE),
        )
        return Reading(reading.samples, (*faults, *reading.faults))


def _called(split: str) -> list[str]:
    """What the folder of a part may be called, in lower case."""
    return [name.lower() for name in _PARTS[split]]


def _sorted_out(entries: tuple[Entry, ...], split: str) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The pictures of one test part, by their names; names that tell of none are faults."""
    kept = tuple(entry for entry in entries if entry.path.name.startswith(split))
    strays = [entry.path.name for entry in entries if not entry.path.name.startswith(tuple(_PARTS))]
    text = "its name begins with neither PublicTest nor PrivateTest"
    return kept, tuple(Fault("part unknown", f"{name}: {text}") for name in strays)
