"""One folder per class, named by a word or a code for it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mien.datasets._pictures import Entry, Listing
from mien.datasets.base import Fault
from mien.imageops import PICTURE_SUFFIXES
from mien.labels import WORDS

Describe = Callable[[Path], str]
_OTHERS = frozenset(
    {".avif", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".pbm", ".pgm", ".ppm", ".svg", ".tga"}
)
"""Pictures that `mien.imageops` is not asked to read."""
_SYSTEM = frozenset({"__pycache__", "__macosx"})


def class_folders(folder: Path) -> list[Path]:
    """The folders in ``folder`` that are no system's own, sorted by name; none where it does not exist."""
    found = folder.iterdir() if folder.is_dir() else ()
    hidden = (path for path in found if path.is_dir() and not path.name.startswith("."))
    return sorted(path for path in hidden if path.name.lower() not in _SYSTEM)


def pictures(folder: Path) -> list[Path]:
    """The picture files of ``folder`` and below, sorted; those of macOS' own (``._x.png``) left out."""
    return sorted(filter(_is_picture, folder.rglob("*")))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def word(name: str) -> str:
    """The package's word for what a folder is called, or that name itself."""
    return WORDS.get(name.lower(), name)


def list_classes(folder: Path, labels: Sequence[str], subject: Describe = lambda path: "") -> Listing:
    """The pictures in the class folders of ``folder``.

    A folder that is none of ``labels`` is a fault, and so is a picture beside them.
    """
    entries: list[Entry] = []
    faults = [
        Fault("picture without a label", f"'{path.name}' lies in no class folder", serious=False)
        for path in sorted(folder.iterdir() if folder.is_dir() else ())
        if _is_picture(path)
    ]
    for own in class_folders(folder):
        label, files = word(own.name), pictures(own)
        if label not in labels:
            text = f"folder '{own.name}' with {len(files)} pictures. Valid: {', '.join(labels)}"
            faults.append(Fault("unknown label", text, serious=bool(files)))
            continue
        others = sorted(path.name for path in own.rglob("[!.]*") if path.suffix.lower() in _OTHERS)
        if others:
            text = f"folder '{own.name}' has pictures that are not read: {len(others)}, as {others[0]}"
            faults.append(Fault("picture of another kind", text, serious=False))
        first = len(entries)
        entries += [Entry(path, label, first + place, subject(path)) for place, path in enumerate(files)]
    return Listing(tuple(entries), tuple(faults))
