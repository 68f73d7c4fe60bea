"""FER2013 (Goodfellow et al., "Challenges in Representation Learning", 2013) in its published CSV form."""

import bz2
import csv
import gzip
import lzma
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TextIO

import numpy as np

from mien.datasets.base import Dataset, Indices, Samples
from mien.errors import SourceError
from mien.labels import FER7

SIDE = 48
HEADER = ("emotion", "pixels", "Usage")
_FILES = (
    "fer2013/fer2013.csv",
    "fer2013/fer2013.csv.gz",
    "fer2013/fer2013.csv.bz2",
    "fer2013/fer2013.csv.xz",
)
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


class Fer2013(Dataset):
    """48x48 gray faces from a web search, seven expressions; 28,709 / 3,589 / 3,589 pictures.

    The file ``fer2013/fer2013.csv`` of the data folder, plain or compressed (.gz, .bz2, .xz), has the columns
    ``emotion,pixels,Usage``; ``fer2013/row_flags.csv`` beside it, where present, marks rows that leaked.
    """

    title: ClassVar[str] = "FER2013"
    rights: ClassVar[str] = "Collected from the web without a formal licence; research use."
    labels: ClassVar[tuple[str, ...]] = FER7
    splits: ClassVar[tuple[str, ...]] = ("Training", "PublicTest", "PrivateTest")

    def load(self, split: str) -> Samples:
        """Read one part as (N, 48, 48) gray pictures."""
        self._check_split(split)
        path = self._file(*_FILES)
        try:
            with _open(path) as lines:
                return _samples(lines, split, path)
        except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
            raise SourceError(f"Cannot read '{path}': {error}. Is the file complete?") from error

    def leaked(self, split: str) -> Indices:
        """Rows of PublicTest whose pixels also stand in Training, from ``row_flags.csv``; else none."""
        path = self.folder / "fer2013" / "row_flags.csv"
        if split != "PublicTest" or not path.is_file():
            return np.empty(0, np.int64)
        with path.open(encoding="utf-8", newline="") as lines:
            flagged = [row["row"] for row in csv.DictReader(lines) if row["exact_dup_in_training"] == "1"]
        return np.array(flagged, np.int64)


def _open(path: Path) -> TextIO:
    opener = _OPENERS.get(path.suffix, open)
    lines: TextIO = opener(path, "rt", encoding="ascii", newline="")
    return lines


def _samples(lines: Iterable[str], split: str, path: Path) -> Samples:
    pixels, targets, rows = bytearray(), [], []
    for row, emotion, text in _rows(lines, split, path):
        pixels += _pixels(text, row, path)
        targets.append(_code(emotion, row, path))
        rows.append(row)
    if not rows:
        raise SourceError(f"'{path}' has no {split} rows. Use another split or the complete file.")
    images = np.frombuffer(pixels, np.uint8).reshape(-1, SIDE, SIDE)
    return Samples(images, np.array(targets, np.int64), np.array(rows, np.int64))


def _rows(lines: Iterable[str], split: str, path: Path) -> Iterator[tuple[int, str, str]]:
    """Row number, emotion and pixels, as text, of each row of ``split``."""
    stream = iter(lines)
    header = tuple(next(stream, "").strip().split(","))
    if header != HEADER:
        raise SourceError(f"'{path}' begins with {header}, not with {HEADER}. Is it the published file?")
    for row, line in enumerate(stream):
        fields = line.rstrip().replace('"', "").split(",")
        if len(fields) != len(HEADER):
            raise SourceError(f"'{path}' row {row}: {len(fields)} fields instead of {len(HEADER)}.")
        if fields[2] == split:
            yield row, fields[0], fields[1]


def _pixels(text: str, row: int, path: Path) -> bytes:
    try:
        values = bytes(map(int, text.split()))
    except ValueError:
        raise SourceError(f"'{path}' row {row}: a pixel is not a whole number from 0 to 255.") from None
    if len(values) != SIDE * SIDE:
        raise SourceError(f"'{path}' row {row}: {len(values)} pixels instead of {SIDE * SIDE}.")
    return values


def _code(emotion: str, row: int, path: Path) -> int:
    if not emotion.isdigit() or int(emotion) >= len(FER7):
        raise SourceError(f"'{path}' row {row}: emotion '{emotion}'. Valid: 0 to {len(FER7) - 1}.")
    return int(emotion)
