"""Annotated pictures: one file, or a folder of them."""

import os
import re
import secrets
import shutil
from pathlib import Path

from mien import imageops
from mien.drawing.overlay import Painter
from mien.drawing.style import BY_EXPRESSION, Style
from mien.errors import SinkError
from mien.sinks._atomic import AtomicFile, writing
from mien.sinks.base import Sink
from mien.types import Frame, FrameResult, SourceInfo

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
"""What Windows allows in no file's name; behind a colon it would even write to a hidden stream."""
FORMATS = (".jpg", ".jpeg", ".png", ".webp")


class AnnotatedPictures(Sink):
    """Every frame as a picture with its faces drawn on it.

    A ``path`` that ends in .jpg, .png or .webp is one picture; a second one raises `SinkError`. Any other
    is a folder, made where it is missing (its parent must exist): pictures keep their names, and their
    format where it is one of these; the frames of a video or camera are numbered. ``quality`` (0 to 100) is
    JPEG's; the other options are those of `mien.drawing.style.Style`.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        boxes: bool = True,
        colour: str = BY_EXPRESSION,
        ids: bool = True,
        labels: bool = True,
        bars: bool = True,
        points: bool = False,
        regions: bool = False,
        measures: bool = False,
        pose: bool = False,
        max_bars: int = 3,
        scale: float = 1.0,
        quality: int = 92,
    ) -> None:
        self._painter = Painter(
            Style(boxes, colour, ids, labels, bars, points, regions, measures, pose, max_bars, scale)
        )
        self._quality = quality
        self._target: _Single | _Folder = (
            _Single(path) if Path(path).suffix.lower() in FORMATS else _Folder(Path(path))
        )
        self._numbered = False

    def begin(self, info: SourceInfo) -> None:
        self._numbered = info.kind != "pictures"
        self._painter = Painter(self._painter.style)

    def write(self, frame: Frame, result: FrameResult) -> None:
        name = Path(frame.source).name or "picture"
        if self._numbered:
            # The name of a camera or a URL, as camera:0, is none of a file yet.
            name = f"{_FORBIDDEN.sub('_', Path(name).stem)}-{frame.index:06d}.jpg"
        path = self._target.next(name)
        drawn = self._painter.draw(frame.image, result)
        data = imageops.encode(drawn, self._target.suffix(path), self._quality)
        with writing(path):
            path.write_bytes(data)

    def close(self, *, discard: bool = False) -> None:
        self._target.close(discard=discard)


class _Single:
    """Room for one picture."""

    def __init__(self, path: str | Path) -> None:
        self._file = AtomicFile(path)
        self._used = False

    def next(self, name: str) -> Path:
        """Where to write the picture called ``name``."""
        if self._used:
            raise SinkError(
                f"'{self._file.path}' is one picture, but '{name}' is another. Name a folder instead."
            )
        self._used = True
        return self._file.temporary

    def suffix(self, path: Path) -> str:
        return self._file.path.suffix.lower()

    def close(self, *, discard: bool) -> None:
        try:
            if self._used and not discard:
                self._file.commit()
        finally:
            self._used = False
            self._file.discard()


class _Folder:
    """Room for many: collected in a hidden folder beside it, and moved in when all are done."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        if path.exists() and not path.is_dir():
            raise SinkError(
                f"Cannot write pictures to '{path}': it is a file. Name a folder, or a .jpg for one picture."
            )
        if not self._path.parent.is_dir():
            raise SinkError(f"Cannot make '{path}': there is no folder '{path.parent}'. Create it first.")
        self._collected = self._path.with_name(f".{secrets.token_hex(4)}.part")
        self._names: set[str] = set()

    def next(self, name: str) -> Path:
        """Where to write the picture called ``name``; the second of a name is numbered."""
        with writing(self._path):
            self._collected.mkdir(exist_ok=True)
        wanted = Path(name)
        suffix = wanted.suffix.lower() if wanted.suffix.lower() in FORMATS else ".jpg"
        free, number = wanted.stem + suffix, 2
        while free.casefold() in self._names:
            free, number = f"{wanted.stem}-{number}{suffix}", number + 1
        self._names.add(free.casefold())
        return self._collected / free

    def suffix(self, path: Path) -> str:
        return path.suffix

    def close(self, *, discard: bool) -> None:
        try:
            if self._names and not discard:
                self._move()
        finally:
            self._names.clear()
            shutil.rmtree(self._collected, ignore_errors=True)

    def _move(self) -> None:
        with writing(self._path):
            self._path.mkdir(exist_ok=True)
            for file in sorted(self._collected.iterdir()):
                os.replace(file, self._path / file.name)  # noqa: PTH105 - replaces on Windows too
