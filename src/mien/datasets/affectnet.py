"""AffectNet (Mollahosseini, Hasani & Mahoor, IEEE Transactions on Affective Computing, 2017)."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from mien.datasets._class_folders import pictures
from mien.datasets._pictures import Entry, Listing, PictureSet
from mien.datasets.base import Counts, Fault
from mien.errors import SourceError
from mien.labels import AFFECTNET8, AFFECTNET_CODES, FER7, FER8
from mien.types import Box

COLUMNS = (
    "subDirectory_filePath",
    "face_x",
    "face_y",
    "face_width",
    "face_height",
    "facial_landmarks",
    "expression",
    "valence",
    "arousal",
)
_LISTS = ("Manually_Annotated_file_lists/{}.csv", "Manually_Annotated/{}.csv", "{}.csv")
_IMAGES = ("Manually_Annotated/Manually_Annotated_Images", "Manually_Annotated_Images", "images")
_FOLDERS = {"training": ("train_set", "train"), "validation": ("val_set", "val")}
_ENDING = "_exp.npy"
_NUMBERS = "iufUS"
"""Kinds of arrays that hold one: some copies have it as text."""
_TRAINING = (74874, 134415, 25459, 14090, 6378, 3803, 24882, 3750)


@dataclass(eq=False)
class AffectNet(PictureSet):
    """AffectNet, labelled by hand: 287,651 faces from the web to learn from, and 500 of each expression.

    Two forms are read: the lists ``training.csv`` and ``validation.csv`` with boxes, and the folders
    ``train_set`` and ``val_set`` of cut pictures with ``annotations/*_exp.npy``. Faces marked as none,
    uncertain or no face are left out. ``contempt``: whether to keep it. The training part in colour at 112
    pixels takes 11 GB of memory: a smaller ``side`` or ``colour=false`` takes less.
    """

    contempt: bool = True

    title: ClassVar[str] = "AffectNet"
    rights: ClassVar[str] = "Research only, on request from its owners; no redistribution."
    layout: ClassVar[str] = (
        "affectnet/Manually_Annotated_file_lists/training.csv and validation.csv, and "
        "affectnet/Manually_Annotated_Images; or affectnet/train_set and val_set with images and annotations."
    )
    folders: ClassVar[tuple[str, ...]] = ("affectnet", "AffectNet")
    splits = ("training", "validation")

    @property
    def labels(self) -> tuple[str, ...]:
        return FER8 if self.contempt else FER7

    @property
    def published(self) -> Counts:
        training = dict(zip(AFFECTNET8, _TRAINING, strict=True))
        return {
            "training": {label: training[label] for label in self.labels},
            "validation": dict.fromkeys(self.labels, 500),
        }

    def listing(self, split: str) -> Listing:
        lists = (self.root / name.format(split) for name in _LISTS)
        path = next((path for path in lists if path.is_file()), None)
        if path is not None:
            return self._from_table(path)
        tops = (self.root / name for name in _FOLDERS[split])
        top = next((top for top in tops if (top / "annotations").is_dir()), None)
        if top is None:
            raise self.absent(f"there is neither a file {split}.csv nor {_FOLDERS[split][0]}/annotations")
        return self._from_folder(top)

    def _from_table(self, path: Path) -> Listing:
        images = next((self.root / name for name in _IMAGES if (self.root / name).is_dir()), self.root)
        entries, faults = [], []
        for row, fields in enumerate(_rows(path)):
            try:
                label = _word(int(fields["expression"]))
                if label is not None and label in self.labels:
                    picture = images / fields["subDirectory_filePath"]
                    entries.append(Entry(picture, label, row, box=_box(fields)))
            except KeyError as error:
                faults.append(Fault("bad row", f"{path.name} row {row}: it ends before the column {error}"))
            except ValueError as error:
                faults.append(Fault("bad row", f"{path.name} row {row}: {error}"))
        return Listing(tuple(entries), tuple(faults))

    def _from_folder(self, top: Path) -> Listing:
        entries, faults, images = [], [], pictures(top / "images")
        for row, picture in enumerate(images):
            try:
                label = _word(_code(top / "annotations" / f"{picture.stem}{_ENDING}"))
                if label is not None and label in self.labels:
                    entries.append(Entry(picture, label, row))
            except (OSError, EOFError, ValueError) as error:
                faults.append(Fault("unknown label", f"{picture.name}: {error}"))
        there = {picture.stem for picture in images}
        for path in sorted((top / "annotations").glob(f"[!.]*{_ENDING}")):
            if path.name.removesuffix(_ENDING) not in there:  # many copies lack those of no expression
                text = f"{path.name} has none in {top.name}/images"
                faults.append(Fault("missing picture", text, serious=False))
        return Listing(tuple(entries), tuple(faults))


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of a list, which may lack its header; the widest field holds 68 points."""
    header: Sequence[str] = COLUMNS
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, fields in enumerate(csv.reader(lines)):
                if number == 0 and COLUMNS[0] in fields:
                    header = _header(fields, path)
                elif fields:  # a blank line is no row
                    yield dict(zip(header, fields, strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"Cannot read '{path}': {error}.") from error


def _header(fields: Sequence[str], path: Path) -> Sequence[str]:
    """The names of the columns, in whichever order; `SourceError` where one that is needed is missing."""
    missing = [name for name in (*COLUMNS[:5], "expression") if name not in fields]
    if missing:
        raise SourceError(f"'{path}' has no column '{missing[0]}'. It has: {', '.join(fields)}.")
    return fields


def _box(fields: Mapping[str, str]) -> Box:
    left, top, width, height = (float(fields[name]) for name in COLUMNS[1:5])
    return Box(left, top, left + width, top + height)


def _code(path: Path) -> int:
    """The one number of an annotation."""
    try:
        # Opened here: as an array alone, an archive of several being none.
        with path.open("rb") as file:
            values = np.lib.format.read_array(file, allow_pickle=False).reshape(-1)
    except ValueError as error:
        raise ValueError(f"{path.name} holds no array of numbers") from error
    if len(values) != 1:
        raise ValueError(f"{path.name} holds {len(values)} numbers, not one")
    if values.dtype.kind not in _NUMBERS:
        raise ValueError(f"{path.name} holds {values[0]}, no number")
    number = float(values[0])
    if not number.is_integer():
        raise ValueError(f"{path.name} holds {number:g}, no whole number")
    return int(number)


def _word(code: int) -> str | None:
    """The label of a code; None for what is no expression."""
    if code not in AFFECTNET_CODES:
        raise ValueError(f"expression {code}. Valid: 0 to {max(AFFECTNET_CODES)}")
    return AFFECTNET_CODES[code]
