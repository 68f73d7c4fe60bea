"""What people name, as a list of jobs: one source each, with a name that no other job has."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mien.errors import SourceError
from mien.imageops import PICTURE_SUFFIXES
from mien.sources._targets import exists, is_glob, is_index, matching
from mien.sources.base import Target

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"}
    | {".mts", ".ogv", ".ts", ".webm", ".wmv"}
)
"""What counts as a video in a folder or glob; a file that is named itself may end in anything."""
SUMMARY = "summary"
"""The stem of what a folder of outputs holds of all jobs: no job's own."""


@dataclass(frozen=True, slots=True)
class Job:
    """One source to run. ``name`` is the stem of its outputs; ``path`` is set for files and folders."""

    target: Target
    name: str
    path: Path | None = None

    @property
    def weight(self) -> int:
        """How much of a batch's work this is thought to be: the bytes of its file."""
        return self.path.stat().st_size if self.path is not None and self.path.is_file() else 1

    @property
    def files(self) -> list[Path]:
        """The files that it reads: one, or the pictures of a folder or glob; none of a camera or stream."""
        if self.path is not None and self.path.is_file():
            return [self.path]
        return [file for file in _files(self.target) or [] if file.suffix.lower() in PICTURE_SUFFIXES]


def expand(targets: Sequence[Target]) -> list[Job]:
    """The jobs that ``targets`` stand for, in order, none twice.

    The pictures of a folder or glob are one job, each of its videos another; everything else is a job as
    it stands, and is opened only when it is run. Raises `SourceError` for a folder or glob without
    anything that can be read.
    """
    parts = list(dict.fromkeys(part for target in targets for part in _parts(target)))
    return [Job(part, name, _path(part)) for part, name in zip(parts, _names(parts), strict=True)]


def _parts(target: Target) -> Iterator[Target]:
    files = _files(target)
    if files is None:
        yield target
        return
    videos = [str(file) for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
    pictures = any(file.suffix.lower() in PICTURE_SUFFIXES for file in files)
    if not videos and not pictures:
        raise SourceError(f"'{target}' holds no picture and no video. Name a folder or pattern that does.")
    if pictures:
        yield target
    yield from videos


def _files(target: Target) -> list[Path] | None:
    """The files of a folder or glob, sorted, hidden ones left out; None where ``target`` is neither."""
    if isinstance(target, int) or "://" in target:
        return None
    if not target:
        raise SourceError("'' names no source. Name a file, a folder, a camera or an address.")
    path = Path(target)
    if path.is_dir():
        found = list(path.iterdir())
    elif is_glob(target):
        found = matching(target)
    else:
        return None
    return sorted(file for file in found if file.is_file() and not file.name.startswith("."))


def _path(target: Target) -> Path | None:
    path = Path(str(target))
    return path if isinstance(target, str) and path.exists() else None


def _names(targets: Sequence[Target]) -> list[str]:
    """A stem for each target; those that share one keep their suffix too, and after that are numbered.

    Upper and lower case count as the same, for the file systems that think so.
    """
    stems = [_stem(target, suffix=False) for target in targets]
    shared = Counter([SUMMARY, *(stem.casefold() for stem in stems)])
    names: list[str] = []
    taken = {SUMMARY}
    for target, stem in zip(targets, stems, strict=True):
        wanted = _stem(target, suffix=True) if shared[stem.casefold()] > 1 else stem
        name, number = wanted, 2
        while name.casefold() in taken:
            name, number = f"{wanted}-{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _stem(target: Target, *, suffix: bool) -> str:
    if isinstance(target, int) or (is_index(target) and not exists(target)):
        return f"camera-{target}"
    text = re.sub(r"^\w+://([^/]*@)?", "", target).split("?")[0] if "://" in target else target
    last = Path(text).resolve() if "://" not in target else Path(text)
    name = last.name if suffix or last.is_dir() else last.stem
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "_", name).strip(" ._") or "source"
