"""Video jobs: one upload analysed in a worker thread, with progress, cancelling and its files."""

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mien import registry
from mien.errors import MienError, MissingExtra, SourceError, UnknownName
from mien.pipeline import Analyzer, open_source
from mien.sinks.base import Sink
from mien.summary import RunSummary
from mien.web.timeline import Timeline
from mien.web.visits import new_id

log = logging.getLogger(__name__)
FILES = {"annotated.mp4": "annotated_video", "table.csv": "table_csv", "report.html": "report"}
"""What is made of a video, and the sinks that make it."""


class _Cancelled(Exception):
    """Raised inside the run to end it."""


class VideoJob:
    """One video. Its worker thread writes the state that the routes read."""

    def __init__(self, file: Path, name: str, load: Callable[[], Analyzer]) -> None:
        self.id = new_id()
        self.name, self.folder = name, file.parent
        self.state = "working"
        self.error: str | None = None
        self.frames = 0
        self.missing: dict[str, str] = {}
        self._file, self._load = file, load
        self._media_time = 0.0
        self._duration: float | None = None
        self._began: float | None = None
        self._seconds = 0.0
        self._cancelled = threading.Event()
        self._ended: Future[None] | None = None

    @property
    def working(self) -> bool:
        return self.state == "working"

    def start(self, workers: Executor) -> None:
        """Run in one of ``workers``; until one is free the job waits with nothing done."""
        self._ended = workers.submit(self._run)

    def cancel(self) -> None:
        """Ask the job to end; see `wait`."""
        self._cancelled.set()
        if self._ended is not None:
            self._ended.cancel()

    def wait(self) -> None:
        """Block until the worker left the job."""
        if self._ended is not None and not self._ended.cancelled():
            self._ended.result()

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
            "state": self.state,
            "done": share,
            "frames": self.frames,
            "seconds_left": None if left is None else round(left, 1),
            "fps": round(self.frames / seconds, 1) if seconds else 0.0,
            "error": self.error,
            "duration": self._duration,
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
        self._began = time.perf_counter()
        state = "failed"
        reason: str | None = None
        try:
            state, reason = _outcome(self._analyse())
        except _Cancelled:
            reason = "It was stopped."
        except MienError as error:
            reason = str(error)
        except Exception as error:  # nobody stands above a worker: say it to the visitor and in the log
            log.exception("The analysis of a video failed")
            reason = f"The analysis failed ({type(error).__name__}). The server's log says more."
        self._seconds = time.perf_counter() - self._began
        self.error, self.state = reason, state

    def _analyse(self) -> RunSummary:
        with open_source(self._file) as source:
            self._duration = source.info.duration
        timeline = Timeline()
        with self._load() as analyzer, ExitStack() as stack:
            self._progress(0, 0.0)
            sinks = [stack.enter_context(sink) for sink in self._sinks()]
            summary = analyzer.run(self._file, [timeline, *sinks], progress=self._progress)
        text = json.dumps(timeline.as_dict(self._duration), ensure_ascii=False)
        (self.folder / "timeline.json").write_text(text, "utf-8")
        return summary

    def _sinks(self) -> list[Sink]:
        sinks = []
        for name, plugin in FILES.items():
            try:
                sinks.append(registry.load("sinks", plugin, path=self.folder / name))
            except (MissingExtra, UnknownName) as error:
                self.missing[name] = str(error)
        return sinks

    def _progress(self, frames: int, media_time: float) -> None:
        self.frames, self._media_time = frames, media_time
        if self._cancelled.is_set():
            raise _Cancelled


def _outcome(summary: RunSummary) -> tuple[str, str | None]:
    if summary.partial is None:
        return "done", None
    if summary.frames == 0:
        raise SourceError(summary.partial)
    return "partial", summary.partial
