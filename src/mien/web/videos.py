"""Video jobs: one upload analysed in a worker thread, with progress, cancelling and its files."""

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mien import registry
from mien.batch import provenance
from mien.drawing.style import Style
from mien.errors import MienError, MissingExtra, SourceError, UnknownName
from mien.pipeline import Analyzer, open_source
from mien.sinks.base import Sink
from mien.types import Frame, FrameResult, SourceInfo
from mien.web.ids import new_id
from mien.web.timeline import Timeline

log = logging.getLogger(__name__)
FILES = {"annotated.mp4": "annotated_video", "table.csv": "table_csv", "report.html": "report"}
"""What is made of a video, and the sinks that make it."""


_NEED_FILE = frozenset({"annotated.mp4"})
"""Those that read the source's file once more (for its sound)."""


class _Cancelled(Exception):
    """Raised inside the run to end it."""


class VideoJob:
    """One video. Its worker thread writes the state that the routes read."""

    def __init__(
        self, file: Path, name: str, load: Callable[[], Analyzer], style: Style | None = None
    ) -> None:
        self.id = new_id()
        self.name, self.folder = name, file.parent
        self.state = "working"
        self.error: str | None = None
        self.frames = 0
        self.missing: dict[str, str] = {}
        self._file, self._load, self._style = file, load, style or Style()
        self._media_time = 0.0
        self._duration: float | None = None
        self._began: float | None = None
        self._seconds = 0.0
        self._cancelled = threading.Event()
        self._left: Future[None] = Future()
        self._after: VideoJob | None = None

    @property
    def working(self) -> bool:
        return self.state == "working"

    def start(self, workers: Executor, after: "VideoJob | None" = None) -> None:
        """Run in one of ``workers``, once one is free and ``after``, with those before it, is through."""
        self._after = after
        if after is None:
            workers.submit(self._run)
        else:
            after._left.add_done_callback(lambda _: self._follow(after, workers))

    def _follow(self, before: "VideoJob", workers: Executor) -> None:
        """``before`` is through, or cancelled: then the job that it waited for may still run."""
        if not self._left.cancelled():  # also so when the server stops: then no worker takes more
            self.start(workers, before._after)

    def cancel(self) -> None:
        """Ask the job to end; see `wait`."""
        self._cancelled.set()
        self._left.cancel()

    def wait(self) -> None:
        """Block until no worker has to do with the job any more."""
        with suppress(CancelledError):
            self._left.result()

    def remove(self) -> None:
        """Cancel, wait, and delete the job's files; blocks."""
        self.cancel()
        self.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def status(self) -> dict[str, Any]:
        """As ``GET /api/videos/{id}`` answers."""
        seconds = self._elapsed()
        share = self._share()
        left = seconds * (1 - share) / share if self.working and share else None
        return {
            "id": self.id,
            "name": self.name,
            "state": "waiting" if self.working and self._began is None else self.state,
            "done": share,
            "frames": self.frames,
            "seconds_left": None if left is None else round(left, 1),
            "fps": round(self.frames / seconds, 1) if seconds else 0.0,
            "error": self.error,
            "duration": self._duration,
            "files": [] if self.working else [name for name in FILES if (self.folder / name).is_file()],
        }

    def _share(self) -> float | None:
        if self.state == "done":
            return 1.0
        if self._began is None:
            return 0.0
        return min(self._media_time / self._duration, 1.0) if self._duration else None

    def _elapsed(self) -> float:
        if self._began is None:
            return 0.0
        return time.perf_counter() - self._began if self.working else self._seconds

    def _run(self) -> None:
        if not self._left.set_running_or_notify_cancel():
            return
        self._began = time.perf_counter()
        state = "failed"
        reason: str | None = None
        try:
            state, reason = self._analyse()
        except _Cancelled:
            reason = "It was stopped."
        except MienError as error:
            reason = str(error)
        except Exception as error:  # nobody stands above a worker: say it to the visitor and in the log
            log.exception("The analysis of a video failed")
            reason = f"The analysis failed ({type(error).__name__}). The server's log says more."
        self._seconds = time.perf_counter() - self._began
        self.error, self.state = self._in_their_words(reason), state
        self._left.set_result(None)

    def _in_their_words(self, reason: str | None) -> str | None:
        """The reason with the visitor's name of the file in place of where it lies here."""
        return None if reason is None else reason.replace(str(self._file), self.name)

    def _analyse(self) -> tuple[str, str | None]:
        """The state that the job comes to, and the reason where it is a partial one."""
        with open_source(self._file) as source:
            self._duration = source.info.duration
        timeline = Timeline()
        with self._load() as analyzer, ExitStack() as stack:
            self._progress(0, 0.0)
            sinks = {name: stack.enter_context(sink) for name, sink in self._sinks(analyzer.table_columns)}
            named = [Renamed(sink, self.name, name in _NEED_FILE) for name, sink in sinks.items()]
            summary = analyzer.run(self._file, [timeline, *named], progress=self._progress)
            if summary.partial and not summary.frames:
                raise SourceError(summary.partial)
            if "report.html" in sinks:
                _tell(sinks["report.html"], analyzer, self._in_their_words(summary.partial))
        text = json.dumps(timeline.as_dict(self._duration), ensure_ascii=False)
        (self.folder / "timeline.json").write_text(text, "utf-8")
        return ("partial", summary.partial) if summary.partial else ("done", None)

    def _sinks(self, columns: tuple[str, ...]) -> Iterator[tuple[str, Sink]]:
        given = {"annotated.mp4": asdict(self._style), "table.csv": {"columns": columns}}
        for name, plugin in FILES.items():
            options = given.get(name, {})
            try:
                yield name, registry.load("sinks", plugin, path=self.folder / name, **options)
            except (MissingExtra, UnknownName) as error:
                self.missing[name] = str(error)

    def _progress(self, frames: int, media_time: float) -> None:
        self.frames, self._media_time = frames, media_time
        if self._cancelled.is_set():
            raise _Cancelled


class Renamed(Sink):
    """Passes on what comes, under the name that the visitor gave the file."""

    def __init__(self, sink: Sink, name: str, needs_file: bool) -> None:
        self._sink, self._name, self._needs_file = sink, name, needs_file

    def begin(self, info: SourceInfo) -> None:
        path = info.path if self._needs_file else Path(self._name)
        self._sink.begin(replace(info, name=self._name, path=path))

    def write(self, frame: Frame, result: FrameResult) -> None:
        self._sink.write(frame, replace(result, source=self._name))

    def close(self, *, discard: bool = False) -> None:
        """Leaves the sink to whoever opened it."""


def _tell(report: Any, analyzer: Analyzer, partial: str | None) -> None:
    """Let the report say how it was made and what is missing."""
    report.facts = provenance.facts(asdict(analyzer.options), provenance.models(analyzer))
    report.notices = [partial] if partial else []
