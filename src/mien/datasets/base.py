"""What every data set keeps to.

To add one: a new file in this folder with one subclass of `Dataset`. Its stem is the name that recipes and
the command line use; it reads the set in its published form, from the data folder, with NumPy alone.
"""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from mien.errors import SourceError, UnknownName
from mien.types import Image

Indices = npt.NDArray[np.int64]


def data_folder() -> Path:
    """Where data sets lie: ``MIEN_DATA``, else ``data`` in the working folder."""
    return Path(os.environ.get("MIEN_DATA") or "data")


@dataclass(frozen=True, slots=True)
class Samples:
    """Face pictures with one label each.

    ``images`` is (N, H, W) gray or (N, H, W, 3) BGR uint8, cut as the set publishes them; ``targets`` (N,)
    int64 are indices into the data set's labels; ``rows`` (N,) int64 are the pictures' places in the
    published file, counted from 0 over all its rows.
    """

    images: Image
    targets: Indices
    rows: Indices

    def __len__(self) -> int:
        return len(self.targets)

    def only(self, keep: npt.NDArray[np.bool_]) -> "Samples":
        """The samples where ``keep`` (N,) is true."""
        return Samples(self.images[keep], self.targets[keep], self.rows[keep])

    def without_blank(self) -> "Samples":
        """The samples whose picture is not one flat colour: blank ones teach nothing."""
        pixels = self.images.reshape(len(self), -1)
        return self.only(pixels.min(axis=1) != pixels.max(axis=1))


class Dataset(ABC):
    """A published set of labelled faces. Building one is free; `load` reads and writes nothing."""

    title: ClassVar[str]
    """The name that people know it by."""
    rights: ClassVar[str]
    """Under which terms its pictures may be used; model cards repeat it."""
    labels: ClassVar[tuple[str, ...]]
    splits: ClassVar[tuple[str, ...]]
    """The parts that `load` gives, by their published names."""

    def __init__(self, folder: str = "") -> None:
        self.folder = Path(folder) if folder else data_folder()

    @abstractmethod
    def load(self, split: str) -> Samples:
        """Read one part. Raises `UnknownName` for another name and `SourceError` for unreadable files."""

    def leaked(self, split: str) -> Indices:
        """Rows of ``split`` whose picture stands in the training part too, where that is known."""
        return np.empty(0, np.int64)

    def _check_split(self, split: str) -> None:
        if split not in self.splits:
            raise UnknownName(f"split of {self.title}", split, self.splits)

    def _file(self, *candidates: str) -> Path:
        """The first of ``candidates`` (paths within the data folder) that exists."""
        for candidate in candidates:
            if (self.folder / candidate).is_file():
                return self.folder / candidate
        wanted = " or ".join(f"'{self.folder / candidate}'" for candidate in candidates)
        raise SourceError(f"{self.title} is not there: no file {wanted}. Put it there, or set MIEN_DATA.")


PLUGIN = Dataset
