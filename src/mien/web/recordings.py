"""A recording of the live socket: the table, and by choice the video, written beside the answers."""

import logging
import queue
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mien import registry
from mien.drawing.style import Style
from mien.errors import MienError, SinkError
from mien.sinks.base import Sink
from mien.types import Frame, FrameResult, SourceInfo

log = logging.getLogger(__name__)
_ROWS_AHEAD, _PICTURES_AHEAD = 4096, 8
_FIRST_STEP = 0.04
"""Seconds from a recording's first row to the next one, where another stream begins in between."""
_NO_PICTURE = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished recording. ``dropped`` frames are in the table but not in the video."""

    id: str
    table: Path
    video: Path | None
    rows: int
    dropped: int
    error: str | None = None


class SinkThread:
    """Writes to a sink in a thread of its own, so that encoding delays nobody.

    At most ``depth`` frames wait; `offer` says False for one too many. A sink that fails is closed, takes no
    more, and its reason is in ``error``.
    """

    def __init__(self, sink: Sink, depth: int) -> None:
        self.error: str | None = None
        self._sink = sink
        self._queue: queue.Queue[tuple[Frame, FrameResult] | None] = queue.Queue(depth)
        self._discard = self._ended = False
        self._thread = threading.Thread(target=self._run, name="mien-record", daemon=True)
        self._thread.start()

    def offer(self, frame: Frame, result: FrameResult) -> bool:
        """Queue one frame, without waiting; whether there was room."""
        try:
            self._queue.put_nowait((frame, result))
        except queue.Full:
            return False
        return True

    def close(self, *, discard: bool = False) -> None:
        """Write what waits (unless ``discard``) and finish the output; blocks until it is done."""
        self._discard |= discard
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._sink as sink:
                self._write(sink)
        except MienError as error:
            self.error = str(error)
        except Exception as error:  # a sink's own failure must end the recording, not the connection
            log.exception("A recording failed")
            self.error = f"The recording failed ({type(error).__name__})."
        while not self._ended:  # nobody shall wait for room in a queue that nobody empties
            self._ended = self._queue.get() is None

    def _write(self, sink: Sink) -> None:
        begun = False
        while (item := self._queue.get()) is not None:
            if self._discard:
                continue
            frame, result = item
            if not begun:
                sink.begin(_info(result))
                begun = True
            sink.write(frame, result)
        self._ended = True
        if self._discard or not begun:
            sink.close(discard=True)


class Recorder:
    """Takes the frames and results of one connection; times and frame numbers start at 0.

    Every stream has a clock of its own: where another one begins (`renew`, or a clock that goes back), the
    recording's time goes on by its last step.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        video: bool,
        style: Style | None = None,
        columns: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.rows = 0
        self._table, self._video = folder / "table.csv", folder / "video.mp4" if video else None
        self._count = self._dropped = 0
        self._start: float | None = None
        self._seconds, self._time, self._step = 0.0, 0.0, _FIRST_STEP
        self._threads = [(SinkThread(_sink("table_csv", self._table, columns=columns), _ROWS_AHEAD), False)]
        if self._video is not None:
            film = _sink("annotated_video", self._video, **asdict(style or Style()))
            self._threads.append((SinkThread(film, _PICTURES_AHEAD), True))

    def add(self, frame: Frame, result: FrameResult) -> None:
        """Record one frame; returns at once."""
        time = self._own_time(result.time)
        result = replace(result, index=self._count, time=time, source=self.name)
        self._count += 1
        self.rows += len(result.faces)
        for thread, wants_pixels in self._threads:
            image = frame.image if wants_pixels else _NO_PICTURE
            if not thread.offer(Frame(image, result.index, time, self.name), result):
                self._dropped += 1

    def renew(self) -> None:
        """Another stream begins."""
        self._start = None

    def _own_time(self, seconds: float) -> float:
        """The recording's time of the next row, which comes at ``seconds`` of the stream's clock."""
        if self._start is None or seconds < self._seconds:
            self._start = seconds - (self._time + self._step if self._count else 0.0)
        time = max(seconds - self._start, self._time)
        if self._count:
            self._step = time - self._time
        self._seconds, self._time = seconds, time
        return time

    def finish(self) -> Recording:
        """Close the files; blocks until they are written. Raises `SinkError` where there is no table."""
        for thread, _ in self._threads:
            thread.close()
        errors = [thread.error for thread, _ in self._threads if thread.error]
        if not self._table.is_file():
            raise SinkError(errors[0] if errors else "Nothing was recorded: no frame came.")
        video = self._video if self._video is not None and self._video.is_file() else None
        error = errors[0] if errors else None
        return Recording(self._table.parent.name, self._table, video, self.rows, self._dropped, error)

    def discard(self) -> None:
        """Leave nothing behind; blocks."""
        for thread, _ in self._threads:
            thread.close(discard=True)
        for path in (self._table, self._video):
            if path is not None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def _sink(name: str, path: Path, **options: Any) -> Sink:
    sink: Sink = registry.load("sinks", name, path=path, **options)
    return sink


def _info(result: FrameResult) -> SourceInfo:
    return SourceInfo(result.source, "live", width=result.width, height=result.height)
