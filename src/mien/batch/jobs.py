"""What people name, as a list of jobs: one source each, with a name that no other job has."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mien import registry
from mien.errors import SourceError
from mien.sources.base import Source, Target


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
    kinds = [_kind(file) for file in files]
    if "pictures" in kinds:
        yield target
    yield from (str(file) for file, kind in zip(files, kinds, strict=True) if kind == "file")
    if not {"pictures", "file"} & set(kinds):
        raise SourceError(f"'{target}' holds no picture and no video. Name a folder or pattern that does.")


def _files(target: Target) -> list[Path] | None:
    """The files of a folder or glob, sorted; None where ``target`` is neither."""
    if not isinstance(target, str) or "://" in target:
        return None
    path = Path(target)
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.is_file())
    if path.exists() or not re.search(r"[*?\[]", target):
        return None
    anchor = Path(path.anchor) if path.anchor else Path()
    pattern = path.relative_to(anchor) if path.anchor else path
    return sorted(file for file in anchor.glob(str(pattern)) if file.is_file())


def _kind(file: Path) -> str | None:
    """The kind of the source that reads ``file``, or None where none does."""
    for name in registry.names("sources"):
        source: type[Source] = registry.find("sources", name)
        if source.accepts(str(file)):
            return source.kind
    return None


def _path(target: Target) -> Path | None:
    path = Path(str(target))
    return path if isinstance(target, str) and path.exists() else None


def _names(targets: Sequence[Target]) -> list[str]:
    """A stem for each target; those that share one keep their suffix too, and after that are numbered.

    Upper and lower case count as the same, for the file systems that think so.
    """
    stems = [_stem(target, suffix=False) for target in targets]
    shared = Counter(stem.casefold() for stem in stems)
    names: list[str] = []
    taken: set[str] = set()
    for target, stem in zip(targets, stems, strict=True):
        wanted = _stem(target, suffix=True) if shared[stem.casefold()] > 1 else stem
        name, number = wanted, 2
        while name.casefold() in taken:
            name, number = f"{wanted}-{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _stem(target: Target, *, suffix: bool) -> str:
    if isinstance(target, int) or target.isdigit():
        return f"camera-{target}"
    text = re.sub(r"^\w+://([^@/]*@)?", "", target).split("?")[0] if "://" in target else target
    last = Path(text).resolve() if "://" not in target else Path(text)
    name = last.name if suffix or last.is_dir() else last.stem
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "_", name).strip(" ._") or "source"
