"""Video files, decoded by FFmpeg (PyAV): true time stamps, upright, every frame."""

from collections.abc import Iterator
from pathlib import Path

from mien.errors import PartialSource, SourceError
from mien.sources import _targets
from mien.sources._decoding import Decoder
from mien.sources.base import Source, Target
from mien.types import Frame, SourceInfo


class Video(Source):
    """A video file. Each iteration reads it anew, from the moment that `seek` chose.

    Frame times are the container's, in seconds from the start of its video track; ``Frame.index`` counts
    from the start of the file, also after `seek`. Where the file breaks off or is damaged, the good frames
    come first and then `PartialSource`.
    """

    kind = "file"

    def __init__(self, target: str) -> None:
        self._path = _readable(str(target))
        self._name = str(target)
        self._seek_to = 0.0
        self._closed = False
        with Decoder(self._path) as decoder:
            first = next(iter(decoder), None)
            if first is None:
                raise SourceError(f"'{target}' has a video track, but no picture in it can be decoded.")
            height, width = first[0].shape[:2]
            self._info = SourceInfo(
                name=self._name,
                kind=self.kind,
                path=self._path,
                width=width,
                height=height,
                rate=decoder.rate,
                duration=decoder.duration,
                frame_count=decoder.frame_count,
            )

    @classmethod
    def accepts(cls, target: Target) -> bool:
        return not (_targets.is_camera(target) or _targets.is_network(target) or _targets.is_pictures(target))

    @property
    def info(self) -> SourceInfo:
        return self._info

    def seek(self, seconds: float) -> None:
        """Start the next iteration at the key frame at or before ``seconds``."""
        self._seek_to = seconds

    def __iter__(self) -> Iterator[Frame]:
        with Decoder(self._path) as decoder:
            index = decoder.seek(self._seek_to) if self._seek_to > 0 else 0
            time = 0.0
            for image, time in decoder:
                if self._closed:
                    return
                yield Frame(image, index, time, self._name)
                index += 1
            if (damage := decoder.damage()) is not None:
                raise PartialSource(
                    f"'{self._name}' {damage} Its {index} frames up to {time:.2f} s are good."
                )

    def close(self) -> None:
        self._closed = True


def _readable(target: str) -> Path:
    path = Path(target)
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except (OSError, ValueError) as error:
        raise SourceError(f"Cannot read '{target}': {_reason(error, target)}") from error
    if is_empty:
        raise SourceError(f"'{target}' is empty (0 bytes). Give a video such as .mp4, .mkv or .webm.")
    return path


def _reason(error: OSError | ValueError, target: str) -> str:
    if isinstance(error, FileNotFoundError) or not target:
        return (
            "no such file. Check the path; a camera is an index or camera:NAME, a stream starts with rtsp://"
        )
    if isinstance(error, PermissionError):
        return "permission denied. Check the rights of the file."
    return f"{getattr(error, 'strerror', None) or error}. Check the path."
