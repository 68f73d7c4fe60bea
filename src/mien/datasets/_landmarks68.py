"""Pictures with 68 points each: ``landmarks68.npz`` and the folder ``images`` beside it.

The file holds ``name``, ``person``, ``split`` (N,) and ``points`` (N, 68, 2) float32, x and y in pixels of
the stored picture. Parts are split by person, so that nobody stands in two of them.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mien import imageops, landmarks68
from mien.datasets.base import data_folder
from mien.errors import SourceError, UnknownName
from mien.types import Floats, Image

TITLE = "landmarks68"
RIGHTS = "Frames of YouTube Faces (Wolf et al., 2011): research use only. The points are machine-made."
_ARRAYS = ("name", "person", "split", "points")
_SHOWN = 20
"""So many rows are named in a message."""


@dataclass(frozen=True, slots=True)
class Portraits:
    """One part: ``names`` and ``people`` (N,) and ``points`` (N, 68, 2) float32 in pixels of each picture."""

    folder: Path
    names: tuple[str, ...]
    people: tuple[str, ...]
    points: Floats

    def __len__(self) -> int:
        return len(self.names)

    def image(self, index: int) -> Image:
        """(H, W, 3) BGR uint8; `SourceError` where the picture is missing or damaged."""
        return imageops.read(self.paths[index])

    @property
    def paths(self) -> tuple[Path, ...]:
        """Of the pictures."""
        return tuple(self.folder / "images" / name for name in self.names)


def load(split: str, folder: str | Path = "") -> Portraits:
    """The part ``split`` of the set in ``folder``; empty: ``landmarks68`` of the data folder.

    Raises `SourceError` for absent or foreign files and `UnknownName` for a part that it does not have.
    """
    where = Path(folder) if folder else data_folder() / "landmarks68"
    arrays = _read(where / "landmarks68.npz")
    parts = sorted(set(arrays["split"].tolist()))
    if split not in parts:
        raise UnknownName(f"split of {TITLE}", split, parts)
    chosen = arrays["split"] == split
    return Portraits(
        where,
        tuple(arrays["name"][chosen].tolist()),
        tuple(arrays["person"][chosen].tolist()),
        arrays["points"][chosen].astype(np.float32),
    )


def _read(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        # Opened here: NumPy leaves the file open where it is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _ARRAYS}
    except FileNotFoundError:
        raise SourceError(
            f"{TITLE} is not there: no file '{path}'. Put it there, or set MIEN_DATA."
        ) from None
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise SourceError(f"Cannot read '{path}': {error}. It must hold {', '.join(_ARRAYS)}.") from error
    count = len(arrays["name"])
    lengths = {len(arrays[name]) for name in _ARRAYS}
    if lengths != {count} or arrays["points"].shape[1:] != (landmarks68.COUNT, 2):
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in _ARRAYS)
        raise SourceError(f"'{path}' holds {shapes}. Points of (N, 68, 2) and N of the others are expected.")
    _check_points(arrays["points"], path)
    return arrays


def _check_points(points: npt.NDArray[np.generic], path: Path) -> None:
    """A point that is no number would pass for one that is missed: `SourceError` names the rows."""
    if points.dtype.kind not in "fiu":
        raise SourceError(f"'{path}' holds points of the type {points.dtype}. Give numbers, in pixels.")
    rows = np.flatnonzero(~np.isfinite(points).all(axis=(1, 2))).tolist()
    if rows:
        more = ", ..." if len(rows) > _SHOWN else ""
        raise SourceError(
            f"'{path}' holds points that are no finite numbers, in the rows (from 0) "
            f"{', '.join(map(str, rows[:_SHOWN]))}{more}. Correct them, or leave these rows out."
        )
