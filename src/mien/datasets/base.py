"""What every data set keeps to.

To add one: a new file in this folder with one subclass of `Dataset`, a dataclass whose fields are its
options. Its stem is the name that recipes and the command line use; it reads the set in its published form.
Sets of picture files are best built on `mien.datasets._pictures.PictureSet`, which leaves only their
listing to them.
"""

import logging
import math
import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mien.datasets import _memory
from mien.errors import SourceError, UnknownName
from mien.types import Floats, Image

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]
Counts = Mapping[str, Mapping[str, int]]
"""Part to label to how many pictures the set's makers state."""

log = logging.getLogger(__name__)


class Absent(SourceError):
    """A set, or a part of one, is not there: recipes may go without it, which a broken one does not allow."""


_SHOWN = 20
"""So many faults are named in a message; their count is always given."""


def data_folder() -> Path:
    """Where data sets lie: ``MIEN_DATA``, else ``data`` in the working folder."""
    return Path(os.environ.get("MIEN_DATA") or "data")


@dataclass(frozen=True, slots=True)
class Samples:
    """Face pictures with one label each, in memory.

    ``images`` is (N, H, W) gray or (N, H, W, 3) BGR uint8; ``targets`` (N,) int64 are indices into the data
    set's labels; ``rows`` (N,) int64 are the pictures' places in the published file (or in the sorted list
    of files of that part), counted from 0. What follows is None, or empty, where the set does not say it:
    ``soft`` (N, K) float32 are shares of the raters' votes, each row summing to 1; ``subjects`` (N,) who is
    in the picture; ``groups`` maps a name ("gender", "view" ...) to (N,) words; ``names`` (N,) are file
    names.
    """

    images: Image
    targets: Indices
    rows: Indices
    soft: Floats | None = None
    subjects: Names | None = None
    groups: Mapping[str, Names] = field(default_factory=dict)
    names: Names | None = None

    def __len__(self) -> int:
        return len(self.targets)

    def only(self, keep: Mask) -> "Samples":
        """The samples where ``keep`` (N,) is true; these themselves where all are.

        Raises `SourceError` where a copy of them does not fit into the memory.
        """
        if keep.all():
            return self
        count = int(keep.sum())
        _memory.check(count * self.images[:1].nbytes, count)
        return Samples(
            self.images[keep],
            self.targets[keep],
            self.rows[keep],
            None if self.soft is None else self.soft[keep],
            None if self.subjects is None else self.subjects[keep],
            {name: values[keep] for name, values in self.groups.items()},
            None if self.names is None else self.names[keep],
        )

    def relabelled(self, targets: Indices, soft: Floats | None = None) -> "Samples":
        """The same pictures with other ``targets`` (N,); those below 0 are left out."""
        return replace(self, targets=targets, soft=soft).only(targets >= 0)

    def blank(self) -> Mask:
        """(N,): whether a picture is one flat colour."""
        size = math.prod(self.images.shape[1:])  # stated, since -1 has no meaning for no pictures
        pixels = self.images.reshape(len(self), size)
        flat: Mask = pixels.min(axis=1) == pixels.max(axis=1)
        return flat

    def without_blank(self) -> "Samples":
        """The samples whose picture is not one flat colour: blank ones teach nothing."""
        return self.only(~self.blank())


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be used: ``kind`` groups them, ``what`` names the one.

    Only a ``serious`` one keeps the set from being loaded; others are left out, or taken as they are.
    """

    kind: str
    what: str
    serious: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """The usable samples of a part, and every fault that was found."""

    samples: Samples
    faults: tuple[Fault, ...] = ()


@dataclass(eq=False)
class Dataset(ABC):
    """A published set of labelled faces. Building one is free; `load` reads, and writes to the cache at most.

    ``folder`` is the set's own folder, or the one above it; empty: the data folder (`data_folder`).
    """

    folder: str = ""

    title: ClassVar[str]
    """The name that people know it by."""
    pictures_of: ClassVar[str] = ""
    """The title of the set whose pictures these are, part by part, labelled anew; empty: they are its own."""
    people_of: ClassVar[str] = ""
    """The title of the set whose people these are, called by the same codes; empty: they are its own."""
    rights: ClassVar[str]
    """Under which terms its pictures may be used; model cards repeat it."""
    layout: ClassVar[str] = ""
    """The files that are expected, for messages."""
    folders: ClassVar[tuple[str, ...]] = ()
    """What its own folder may be called within the data folder."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """What ``targets`` are indices into. A class attribute will do."""

    @property
    @abstractmethod
    def splits(self) -> tuple[str, ...]:
        """The parts that `load` gives, by their published names. A class attribute will do."""

    @abstractmethod
    def load(self, split: str) -> Samples:
        """Read one part. Raises `UnknownName` for another name and `SourceError` for unreadable files."""

    def read(self, split: str) -> Reading:
        """As `load`, but with faults listed where `load` raises them."""
        return Reading(self.load(split))

    @property
    def published(self) -> Counts:
        """Part to label to the number of pictures that the makers state; empty where they do not."""
        return {}

    @property
    def called(self) -> str:
        """What cards call it: its title, where that stands for the same pictures wherever they lie."""
        return self.title

    @property
    def totals(self) -> Mapping[str, int]:
        """Part to the number of all its pictures, as the makers state it."""
        return {split: sum(counts.values()) for split, counts in self.published.items()}

    def tallies(self) -> Mapping[str, tuple[int, int]]:
        """What else the makers state a number of (people, sequences ...): how many are there, and theirs."""
        return {}

    def leaked(self, split: str) -> Indices:
        """Rows of ``split`` whose picture stands in the training part too, where that is known."""
        return np.empty(0, np.int64)

    def faceless(self, split: str) -> Indices:
        """Rows of ``split`` that need not show a face, where that is known."""
        return np.empty(0, np.int64)

    @property
    def root(self) -> Path:
        """The set's own folder, whichever of the two `folder` names."""
        base = Path(self.folder) if self.folder else data_folder()
        own = self._own(base)
        if own is not None:
            inner = self._own(own)  # an archive was unpacked into a folder of its own name
            return inner if inner is not None and _alone(inner) else own
        return base if self.folder or not self.folders else base / self.folders[0]

    def _own(self, base: Path) -> Path | None:
        """The folder in ``base`` that is called as the set's own."""
        return next((base / name for name in self.folders if (base / name).is_dir()), None)

    def absent(self, what: str) -> Absent:
        """The error for ``what`` is missing, with the layout that is expected."""
        layout = f" Expected: {self.layout}" if self.layout else ""
        return Absent(
            f"{self.title} is not complete in '{self.root}': {what}.{layout} "
            "Put it there, name its folder, or set MIEN_DATA to the folder above."
        )

    def _check_split(self, split: str) -> None:
        if split not in self.splits:
            raise UnknownName(f"split of {self.title}", split, self.splits)

    def _file(self, *candidates: str) -> Path:
        """The first of ``candidates`` (paths within the set's own folder) that exists."""
        for candidate in candidates:
            if (self.root / candidate).is_file():
                return self.root / candidate
        raise self.absent("there is no file " + " or ".join(f"'{name}'" for name in candidates))


@dataclass(eq=False)
class CheckedDataset(Dataset):
    """A set whose `read` lists faults; `load` raises them, or with ``skip_faults`` goes without."""

    skip_faults: bool = False

    @abstractmethod
    def read(self, split: str) -> Reading:
        """All that can be used of ``split``, with every fault named.

        Raises `UnknownName` for another name and `SourceError` where nothing can be used.
        """

    def empty(self, split: str, faults: Sequence[Fault]) -> SourceError:
        """The error for a part without a picture that can be used: `Absent`, but where ``faults`` are why."""
        serious = [fault for fault in faults if fault.serious]
        if serious:
            return SourceError(
                f"{self.title} {split} in '{self.root}' has no picture that can be used, but "
                f"{summary(serious)}:\n{listing(serious)}"
            )
        found = f", but {summary(faults)}" if faults else ""
        return self.absent(f"there are no pictures for its part '{split}'{found}")

    def load(self, split: str) -> Samples:
        """`read`; where there are serious faults and nobody asked to skip them, `SourceError` names them."""
        reading = self.read(split)
        serious = [fault for fault in reading.faults if fault.serious]
        if serious and not self.skip_faults:
            raise SourceError(
                f"{self.title} {split} in '{self.root}' has {summary(serious)}:\n{listing(serious)}\n"
                "Mend them, or leave them out with the option skip_faults=true."
            )
        if reading.faults:
            log.warning("%s %s: %s\n%s", self.title, split, summary(reading.faults), listing(reading.faults))
        if not len(reading.samples):
            raise SourceError(f"{self.title} {split} in '{self.root}' has no picture that can be used.")
        return reading.samples


def _alone(path: Path) -> bool:
    """Whether nothing lies beside ``path`` but what systems leave there."""
    return all(other == path or other.name.startswith((".", "__")) for other in path.parent.iterdir())


def summary(faults: Sequence[Fault]) -> str:
    """How many there are of each kind, as "3 x missing picture"."""
    return ", ".join(f"{count} x {kind}" for kind, count in Counter(fault.kind for fault in faults).items())


def listing(faults: Sequence[Fault]) -> str:
    """One line for each of the first faults, and how many more there are."""
    lines = [f"  {fault.kind}: {fault.what}" for fault in faults[:_SHOWN]]
    more = [f"  and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return "\n".join(lines + more)


def words(values: Sequence[Any]) -> Names | None:
    """(N,) words; None where none of them says anything."""
    return np.array([str(value) for value in values]) if any(values) else None


PLUGIN = Dataset
