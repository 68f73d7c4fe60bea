"""Still pictures: one, a folder of them, or a glob."""

import re
from collections.abc import Iterator
from pathlib import Path

from mien import imageops
from mien.errors import SourceError
from mien.sources import _targets
from mien.sources.base import Source, Target
from mien.types import Frame, Image, SourceInfo


class Images(Source):
    """Pictures in natural order (``img2`` before ``img10``); times are 0.0, the path is the source.

    A single picture is read at once and raises `SourceError` where that fails. Of several, those that cannot
    be read are left out and listed in ``failures`` as (path, reason).
    """

    kind = "pictures"

    def __init__(self, target: str) -> None:
        self._target = str(target)
        self.failures: list[tuple[str, str]] = []
        self._closed = False
        self._single: Image | None = None
        if _targets.is_folder(self._target):
            self._paths = _in_folder(Path(self._target))
        elif _targets.is_glob(self._target):
            self._paths = _matching(self._target)
        else:
            self._paths = [self._target]
            self._single = imageops.read(self._target)
        self._info = self._describe()

    @classmethod
    def accepts(cls, target: Target) -> bool:
        return _targets.is_pictures(target)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        self.failures.clear()
        for path in self._paths:
            if self._closed:
                return
            image = self._read(path)
            if image is not None:
                yield Frame(image, index, 0.0, path)
                index += 1

    def close(self) -> None:
        self._closed = True
        self._single = None

    def _describe(self) -> SourceInfo:
        if self._single is None:
            return SourceInfo(self._target, self.kind, frame_count=len(self._paths))
        height, width = self._single.shape[:2]
        return SourceInfo(self._target, self.kind, Path(self._target), width, height, frame_count=1)

    def _read(self, path: str) -> Image | None:
        if self._single is not None:
            return self._single
        try:
            return imageops.read(path)
        except SourceError as error:
            self.failures.append((path, str(error)))
            return None


def natural(path: str) -> list[tuple[int, int, str]]:
    """A sort key that reads digits as numbers and ignores case, but where names differ in nothing else."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", path)
    key = [(0, int(number), "") if number else (1, 0, text.casefold()) for number, text in parts]
    return [*key, (-1, 0, path)]  # else their order would be the disk's


def _in_folder(folder: Path) -> list[str]:
    try:
        files = [path for path in folder.iterdir() if _is_picture(path)]
    except OSError as error:
        raise SourceError(f"Cannot read folder '{folder}': {error.strerror}. Check its rights.") from error
    if not files:
        raise SourceError(f"Folder '{folder}' holds no pictures. {_what_counts()}")
    return sorted(map(str, files), key=natural)


def _matching(pattern: str) -> list[str]:
    files = [found for found in _targets.matching(pattern) if _is_picture(found)]
    if not files:
        raise SourceError(f"'{pattern}' matches no pictures. {_what_counts()}")
    return sorted(map(str, files), key=natural)


def _is_picture(path: Path) -> bool:
    """Hidden files are left out: some systems keep a shadow file beside each picture."""
    is_hidden = path.name.startswith(".")
    return path.suffix.lower() in imageops.PICTURE_SUFFIXES and not is_hidden and path.is_file()


def _what_counts() -> str:
    suffixes = ", ".join(sorted(imageops.PICTURE_SUFFIXES))
    return f"Files ending in {suffixes} count; for a folder of videos use: mien run FOLDER."
