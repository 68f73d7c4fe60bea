"""RAF-DB, basic expressions (Li, Deng & Du, "Reliable Crowdsourcing ...", CVPR 2017)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import class_folders, pictures
from mien.datasets._pictures import Entry, Listing, PictureSet
from mien.datasets.base import Counts, Fault
from mien.errors import SourceError
from mien.labels import AGE_RANGES, FER7, GENDERS, RACES, RAFDB_CODES
from mien.types import Box

_LISTS = ("EmoLabel/list_patition_label.txt", "EmoLabel/list_partition_label.txt", "list_patition_label.txt")
_ATTRIBUTES = {"gender": GENDERS, "race": RACES, "age": AGE_RANGES}
_POINTS = 10
"""The numbers before the attributes: five points."""
_COUNTS = {
    "train": (705, 717, 281, 4772, 1982, 1290, 2524),
    "test": (162, 160, 74, 1185, 478, 329, 680),
}


@dataclass(eq=False)
class RafDb(PictureSet):
    """RAF-DB basic: 15,339 faces from the web, seven expressions; 12,271 to learn from and 3,068 to test.

    ``aligned``: the published 100 x 100 crops; else the original photographs, cut by the published boxes.
    The groups ``gender``, ``race`` and ``age`` come from ``Annotation/manual`` where that is there.
    """

    side: int = 100
    aligned: bool = True

    title: ClassVar[str] = "RAF-DB basic"
    rights: ClassVar[str] = "Non-commercial research only, on request from its owners; no redistribution."
    layout: ClassVar[str] = (
        "rafdb/basic/EmoLabel/list_patition_label.txt and rafdb/basic/Image/aligned/train_00001_aligned.jpg; "
        "or rafdb/train/1 ... 7 and rafdb/test/1 ... 7 with the aligned pictures."
    )
    folders: ClassVar[tuple[str, ...]] = (
        "rafdb/basic",
        "RAF-DB/basic",
        "basic",
        "rafdb/DATASET",
        "DATASET",
        "rafdb",
        "RAF-DB",
    )
    labels = FER7
    splits = ("train", "test")
    codes: ClassVar[Mapping[int, str]] = RAFDB_CODES

    @property
    def published(self) -> Counts:
        return {split: dict(zip(FER7, counts, strict=True)) for split, counts in _COUNTS.items()}

    def listing(self, split: str) -> Listing:
        path = next((self.root / name for name in _LISTS if (self.root / name).is_file()), None)
        if path is not None:
            return self._listed(path, split)
        if not class_folders(self.root / split):
            raise self.absent(f"there is neither a file {_LISTS[0]} nor a folder {split}")
        return self._sorted(self.root / split)

    def _listed(self, path: Path, split: str) -> Listing:
        """The lines of the published list that begin with the name of the part; faults: those of no part."""
        entries, faults = [], []
        for row, line in enumerate(path.read_text("utf-8-sig", errors="replace").splitlines()):
            name, _, code = " ".join(line.split()).partition(" ")  # blanks or tabs
            if not name.startswith(split):
                if name and not name.startswith(self.splits):
                    faults.append(Fault("part unknown", f"{path.name} line {row + 1}: '{line}'"))
                continue
            stem = Path(name).stem.removesuffix("_aligned")
            try:
                entry = self._entry(stem, self.codes[int(code)], row)
            except (KeyError, ValueError):
                faults.append(Fault("unknown label", f"{path.name} line {row + 1}: '{line}'"))
                continue
            except SourceError as error:
                faults.append(Fault("bad box", str(error)))
                continue
            entries.append(entry)
            if not entry.groups and (manual := self._manual(stem)).is_file():
                faults.append(Fault("bad attributes", manual.name, serious=False))
        return Listing(tuple(entries), tuple(faults))

    def _manual(self, name: str) -> Path:
        return self.root / "Annotation" / "manual" / f"{name}_manu_attri.txt"

    def _sorted(self, folder: Path) -> Listing:
        """The pictures in folders that are called by the codes."""
        entries: list[Entry] = []
        faults = []
        for own in class_folders(folder):
            if not own.name.isdecimal() or int(own.name) not in self.codes:
                faults.append(Fault("unknown label", f"folder '{own.name}'. Valid: 1 to {max(self.codes)}"))
                continue
            first, label = len(entries), self.codes[int(own.name)]
            entries += [Entry(path, label, first + place) for place, path in enumerate(pictures(own))]
        return Listing(tuple(entries), tuple(faults))

    def _entry(self, name: str, label: str, row: int) -> Entry:
        groups = _attributes(self._manual(name))
        if self.aligned:
            path = self.root / "Image" / "aligned" / f"{name}_aligned.jpg"
            return Entry(path, label, row, groups=groups)
        box = _box(self.root / "Annotation" / "boundingbox" / f"{name}_boundingbox.txt")
        return Entry(self.root / "Image" / "original" / f"{name}.jpg", label, row, groups=groups, box=box)


def _attributes(path: Path) -> dict[str, str]:
    """Gender, race and age: the three numbers after the five points; none where there is no such file."""
    fields = path.read_text("ascii", errors="replace").split() if path.is_file() else []
    if len(fields) != _POINTS + len(_ATTRIBUTES):
        return {}
    return {
        name: valid[int(code)]
        for (name, valid), code in zip(_ATTRIBUTES.items(), fields[_POINTS:], strict=True)
        if code.isdecimal() and int(code) < len(valid)
    }


def _box(path: Path) -> Box:
    try:
        x1, y1, x2, y2 = map(float, path.read_text("ascii").split())
    except (OSError, ValueError) as error:
        raise SourceError(f"'{path}' holds no box ({error}): x1, y1, x2 and y2 are expected.") from error
    return Box(x1, y1, x2, y2)
