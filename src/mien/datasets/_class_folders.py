"""One folder per class, named by a word or a code for it."""

import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from mien.datasets._pictures import Entry, Listing
from mien.datasets.base import Fault
from mien.errors import SourceError
from mien.imageops import PICTURE_SUFFIXES
from mien.labels import WORDS

Describe = Callable[[Path], str]
_OTHERS = frozenset(
    {".avif", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".pbm", ".pgm", ".ppm", ".svg", ".tga"}
)
"""Pictures that `mien.imageops` is not asked to read."""
_SYSTEM = frozenset({"__pycache__", "__macosx", "lost+found", "$recycle.bin", "system volume information"})


def class_folders(folder: Path) -> list[Path]:
    """The folders in ``folder`` that are no system's own, sorted by name; none where it does not exist."""
    return sorted(path for path in _content(folder) if not _is_system(path.name) and path.is_dir())


def pictures(folder: Path) -> list[Path]:
    """The picture files of ``folder`` and below, sorted.

    Those of macOS' own (``._x.png``) are left out, and what lies in folders of programs
    (``.ipynb_checkpoints``): copies, as a rule.
    """
    return sorted(filter(_is_picture, _files(folder)))


def _files(folder: Path) -> Iterator[Path]:
    """The files of ``folder`` and below, those in a system's or a program's own folders aside."""
    for top, folders, files in os.walk(folder, onerror=_refuse) if folder.is_dir() else ():
        folders[:] = (name for name in folders if not _is_system(name))
        yield from (Path(top, name) for name in files)


def _content(folder: Path) -> list[Path]:
    """What lies in ``folder`` itself; nothing where there is no such folder."""
    try:
        return list(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        _refuse(error)


def _refuse(error: OSError) -> NoReturn:
    """Raise `SourceError`: a folder that cannot be listed would pass for an empty one."""
    raise SourceError(
        f"Cannot read the folder '{error.filename}': {error.strerror}. Allow reading it, or move it away."
    ) from error


def _is_system(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def _is_other(path: Path) -> bool:
    return path.suffix.lower() in _OTHERS and not path.name.startswith(".")


def word(name: str) -> str:
    """The package's word for what a folder is called, or that name itself.

    An accent is one sign with its letter: macOS writes two, which look the same and are another name.
    """
    whole = unicodedata.normalize("NFC", name)
    return WORDS.get(whole.lower(), whole)


def list_classes(folder: Path, labels: Sequence[str], subject: Describe = lambda path: "") -> Listing:
    """The pictures in the class folders of ``folder``.

    A folder that is none of ``labels`` is a fault, and so is a picture beside them.
    """
    entries: list[Entry] = []
    faults = [
        Fault("picture without a label", f"'{path.name}' lies in no class folder", serious=False)
        for path in sorted(_content(folder))
        if _is_picture(path)
    ]
    for own in class_folders(folder):
        label, files = word(own.name), pictures(own)
        if label not in labels:
            text = f"folder '{own.name}' with {len(files)} pictures. Valid: {', '.join(labels)}"
            faults.append(Fault("unknown label", text, serious=bool(files)))
            continue
        others = sorted(path.name for path in _files(own) if _is_other(path))
        if others:
            text = f"folder '{own.name}' has pictures that are not read: {len(others)}, as {others[0]}"
            faults.append(Fault("picture of another kind", text, serious=False))
        first = len(entries)
        entries += [Entry(path, label, first + place, subject(path)) for place, path in enumerate(files)]
    return Listing(tuple(entries), tuple(faults))
