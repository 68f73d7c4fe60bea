"""Your own pictures: one folder per expression."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien import labels as label_sets
from mien.datasets._class_folders import class_folders, list_classes, pictures, word
from mien.datasets._pictures import DrawnPictureSet, Listing
from mien.datasets.base import Fault
from mien.errors import BadOption, UnknownName

OWN = "own"
_PARTS = {"train": ("train", "training"), "val": ("val", "valid", "validation"), "test": ("test", "testing")}


@dataclass(eq=False)
class Folder(DrawnPictureSet):
    """Pictures in one folder per expression, with or without folders train, val and test above.

    The folders are called by the expressions, in this package's words or others' (anger, happiness, joy ...).
    ``classes`` is the label set that they belong to, or "own": whatever the folders are called.
    """

    classes: str = "fer7"

    title: ClassVar[str] = "Folder of pictures"
    rights: ClassVar[str] = "As the owner of the pictures says."
    layout: ClassVar[str] = (
        "FOLDER/angry/*.jpg, FOLDER/happy/*.jpg ..., or these in FOLDER/train and FOLDER/val."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.classes != OWN and self.classes not in label_sets.SETS:
            raise UnknownName("label set", self.classes, [*label_sets.SETS, OWN])

    @property
    def labels(self) -> tuple[str, ...]:
        if self.classes != OWN:
            return label_sets.SETS[self.classes]
        tops = list(self._parts().values()) or [self.root]
        return tuple(sorted({word(own.name) for top in tops for own in class_folders(top)}))

    @property
    def called(self) -> str:
        """With the folder's own name: one folder of pictures is not another. Where it lies is not said."""
        name = f"{self.title} '{self.root.resolve().name}'" if self.folder else self.title
        return name if self._parts() else name + self._how_drawn()

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self._parts()) or super().splits

    def listing(self, split: str) -> Listing:
        parts = self._parts()
        if not parts:
            return super().listing(split)
        if self.split_by:
            raise BadOption(
                f"split_by={self.split_by} cannot be had: '{self.root}' has parts of its own, "
                f"{', '.join(path.name for path in parts.values())}. Leave it out."
            )
        listed = list_classes(parts[split], self.labels)
        return Listing(listed.entries, (*listed.faults, *self._outside(parts)))

    def everything(self) -> Listing:
        return list_classes(self.root, self.labels)

    def _check_split(self, split: str) -> None:
        whole = class_folders(self.root) and not self._parts()  # it has no parts, by the user's choice
        if split in _PARTS and split not in self.splits and not whole:
            raise self.absent(f"there is no folder {split}")
        super()._check_split(split)

    def _outside(self, parts: Mapping[str, Path]) -> Iterator[Fault]:
        """Folders of pictures beside those of the parts: nobody reads them."""
        for own in class_folders(self.root):
            if own not in parts.values() and (files := pictures(own)):
                beside = ", ".join(path.name for path in parts.values())
                text = f"folder '{own.name}' with {len(files)} pictures lies beside {beside}"
                yield Fault("outside the parts", text, serious=False)

    def _parts(self) -> dict[str, Path]:
        """The folders of the parts, where there are such."""
        there = {path.name.lower(): path for path in class_folders(self.root)}
        return {
            part: next(there[name] for name in names if name in there)
            for part, names in _PARTS.items()
            if there.keys() & set(names)
        }
