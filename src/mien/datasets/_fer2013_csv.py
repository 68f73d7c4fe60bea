"""FER2013's table of pictures, in every packing that it comes in."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from mien import cache
from mien.datasets.base import Fault, Reading, Samples
from mien.errors import SourceError
from mien.labels import FER7, FER2013_CODES

SIDE = 48
HEADER = ("emotion", "pixels", "Usage")
USAGES = ("Training", "PublicTest", "PrivateTest")
_MEMBERS = ("fer2013.csv", "icml_face_data.csv")
"""What the table is called in an archive."""
_ENCODING = "utf-8-sig"
"""A spreadsheet that saved the table put a mark before it."""
KEPT_FROM = 2**20
"""Bytes from which on a table is worth keeping unpacked."""
_FORM = 1
"""Changes with what is kept."""
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BROKEN = (
    *(OSError, EOFError, lzma.LZMAError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error),
    NotImplementedError,  # a zip packed in a way that Python does not know
)
_SHOWN = 60
"""So much of a first line is shown: without its header, a table begins with thousands of pixels."""
_ENCRYPTED = 1
"""The flag of an archive's member."""
_TAPES = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


def read(path: Path) -> dict[str, Reading]:
    """Part to its rows, of the table at ``path``.

    Broken rows are faults; a broken file is a `SourceError`. A large table is unpacked once: what is in it
    stays in the cache folder, until the file changes.
    """
    if path.stat().st_size < KEPT_FROM:
        return parse(path)
    name = f"datasets/fer2013-{cache.key(path, _FORM)}"
    return _unpacked(cache.arrays(name, lambda: _packed(parse(path))))


def parse(path: Path) -> dict[str, Reading]:
    """As `read`, from the file itself, in one pass: unpacking takes most of the time."""
    if path.name.lower().endswith(_TAPES):
        raise SourceError(f"'{path}' holds several files. Unpack it, and name fer2013.csv or its folder.")
    try:
        with _opened(path) as lines:
            return _readings(lines, path)
    except _BROKEN as error:
        raise SourceError(f"Cannot read '{path}': {error}. Is the file complete?") from error


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    suffix = path.suffix.lower()
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_member(archive, path)) as data:
            yield io.TextIOWrapper(data, _ENCODING, newline="")
    else:
        with _OPENERS.get(suffix, open)(path, "rt", encoding=_ENCODING, newline="") as lines:
            yield lines


def _member(archive: zipfile.ZipFile, path: Path) -> str:
    """The table in an archive, in whatever folder."""
    tables = [name for name in archive.namelist() if name.rpartition("/")[2] in _MEMBERS]
    if not tables:
        raise SourceError(
            f"'{path}' holds no fer2013.csv, but {', '.join(archive.namelist()[:5]) or 'nothing'}."
        )
    if archive.getinfo(tables[0]).flag_bits & _ENCRYPTED:
        raise SourceError(f"'{path}' is encrypted. Unpack it with its password, and name the table.")
    return tables[0]


def _packed(readings: dict[str, Reading]) -> dict[str, npt.NDArray[Any]]:
    """``readings`` as arrays, called as ``Training.images``."""
    return {
        f"{usage}.{name}": values
        for usage, reading in readings.items()
        for name, values in (
            ("images", reading.samples.images),
            ("targets", reading.samples.targets),
            ("rows", reading.samples.rows),
            ("faults", np.array([(fault.kind, fault.what) for fault in reading.faults], np.str_)),
        )
    }


def _unpacked(arrays: cache.Arrays) -> dict[str, Reading]:
    return {
        usage: Reading(
            Samples(arrays[f"{usage}.images"], arrays[f"{usage}.targets"], arrays[f"{usage}.rows"]),
            tuple(Fault(str(kind), str(what)) for kind, what in arrays[f"{usage}.faults"]),
        )
        for usage in USAGES
        if f"{usage}.rows" in arrays
    }


class _Part:
    """The rows of one part, as they come."""

    def __init__(self) -> None:
        self.pixels = bytearray()
        self.targets: list[int] = []
        self.rows: list[int] = []
        self.faults: list[Fault] = []

    def reading(self, common: list[Fault]) -> Reading:
        images = np.frombuffer(self.pixels, np.uint8).reshape(-1, SIDE, SIDE)
        samples = Samples(images, np.array(self.targets, np.int64), np.array(self.rows, np.int64))
        return Reading(samples, (*common, *self.faults))


def _readings(lines: Iterable[str], path: Path) -> dict[str, Reading]:
    parts: defaultdict[str, _Part] = defaultdict(_Part)
    common = []  # a row that does not tell its part is a fault of every part
    for row, fields in enumerate(_rows(lines, path)):
        if len(fields) != len(HEADER):
            common.append(Fault("bad row", f"row {row}: {len(fields)} fields instead of {len(HEADER)}"))
            continue
        if fields[2] not in USAGES:
            common.append(Fault("part unknown", f"row {row}: '{fields[2]}'. Valid: {', '.join(USAGES)}"))
            continue
        part = parts[fields[2]]
        try:
            target, values = _target(fields[0]), _pixels(fields[1])
        except ValueError as error:
            part.faults.append(Fault("bad row", f"row {row}: {error}"))
            continue
        part.pixels += values
        part.targets.append(target)
        part.rows.append(row)
    named = USAGES if common else tuple(parts)
    return {usage: parts[usage].reading(common) for usage in named}


def _rows(lines: Iterable[str], path: Path) -> Iterator[list[str]]:
    """Emotion, pixels and usage of each row, as text; their columns may stand in another order.

    Lines without anything in them, as at the end of many copies, are no rows.
    """
    stream = iter(lines)
    first = next(stream, "").strip()
    header = [name.strip() for name in first.replace('"', "").split(",")]
    if sorted(header) != sorted(HEADER):
        raise SourceError(
            f"'{path}' begins with '{first[:_SHOWN]}', not with '{','.join(HEADER)}'. "
            "Is it the published file?"
        )
    places = [header.index(name) for name in HEADER]
    for line in filter(str.strip, stream):
        fields = line.rstrip().replace('"', "").split(",")
        yield [fields[place] for place in places] if len(fields) == len(HEADER) else fields


def _target(emotion: str) -> int:
    if emotion not in FER2013_CODES:
        raise ValueError(f"emotion '{emotion}'. Valid: 0 to {len(FER7) - 1}")
    return FER7.index(FER2013_CODES[emotion])


def _pixels(text: str) -> bytes:
    """The pixels of one row; `ValueError` says what is wrong with them."""
    if not text.strip():
        raise ValueError("no pixels")
    # Only digits and blanks: NumPy reads these five times faster than int() does, but takes "1.5 x" for 1.
    strange = text.encode("ascii", "replace").translate(None, b"0123456789 ")
    values = np.fromstring(text, np.int64, sep=" ") if not strange else np.array([-1])
    if strange or values.min() < 0 or values.max() > 255:
        raise ValueError("a pixel is not a whole number from 0 to 255")
    if len(values) != SIDE * SIDE:
        raise ValueError(f"{len(values)} pixels instead of {SIDE * SIDE}")
    return values.astype(np.uint8).tobytes()
