"""A source of the server in the live socket: a thread reads and analyses, the newest answer goes out."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

from mien import imageops
from mien.errors import MienError
from mien.pipeline import open_source
from mien.sources.base import Source, Target
from mien.types import Frame
from mien.web.looking import Answer

log = logging.getLogger(__name__)
LONG_SIDE = 1280
"""Larger frames are made smaller before they are analysed and sent: boxes are pixels of what was sent."""
QUALITY = 80
_SLIDE = 2.0
"""Seconds for which a still is shown: longer than a tracker waits for a face that is gone (one second), or
the faces of a picture would go on as those of the next one."""
_FAREWELL = 1.0
"""Seconds that stopping waits for a source, which may hang while it is being opened: Ctrl-C must not."""

Analyse = Callable[[Frame, float], Answer]


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer, with the picture it belongs to as JPEG and the frames left out so far."""

    answer: Answer
    jpeg: bytes
    dropped: int


class Feed:
    """Plays one source. A live source is sampled, files and pictures are shown whole, at their own pace.

    ``name`` is what the visitor calls it. ``analyse`` is called in the feed's thread. `shown` ends when the
    source does; ``reason`` then says why, of a ``secret`` one without its path or address.
    """

    def __init__(self, target: Target, name: str, analyse: Analyse, *, secret: bool = False) -> None:
        self.name = name
        self._secret = secret
        self.reason = "The source came to its end."
        self._target, self._analyse = target, analyse
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._free = threading.Condition()
        self._slot: Shown | None = None
        self._source: Source | None = None
        self._left_out = 0
        self._begun = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mien-feed", daemon=True)
        self._thread.start()

    async def shown(self) -> AsyncIterator[Shown]:
        """The newest answer, each time that the caller is ready for one."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            with self._free:
                newest, self._slot = self._slot, None
                left_out = self._left_out
                self._free.notify_all()
            if newest is None:  # only the end makes ready without an answer
                return
            yield replace(newest, dropped=newest.dropped + left_out)

    async def stop(self) -> None:
        """Stop reading; waits until the source is closed, for a few seconds at most."""
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._stopped.set()
        with self._free:
            self._free.notify_all()
        source = self._source
        if source is not None and source.kind == "live":  # one that waits for a picture has to be woken
            source.close()
        self._thread.join(_FAREWELL)

    def _run(self) -> None:
        try:
            with open_source(self._target) as source:
                self._source = source
                self._play(source)
        except MienError as error:
            self.reason = self._said(error)
        except Exception as error:  # a thread has nobody above it: say it to the visitor and in the log
            log.exception("The source %s failed", self._target)
            self.reason = f"The source failed ({type(error).__name__}). The server's log says more."
        self._put(None)

    def _said(self, error: MienError) -> str:
        if not self._secret:
            return str(error)
        log.warning("The source '%s' ended: %s", self.name, error)
        what = "broke off" if self._begun else "cannot be opened"
        return f"The source '{self.name}' {what}. The server's log says why."

    def _play(self, source: Source) -> None:
        clock = _Pace(source.kind != "live", self._stopped)
        for count, (read, decode_ms) in enumerate(_timed(source)):
            frame = replace(read, time=count * _SLIDE) if source.kind == "pictures" else read
            clock.wait_for(frame.time)
            if self._stopped.is_set():
                return
            small = _fitted(frame)
            answer = self._analyse(small, decode_ms)
            self._begun = True
            jpeg = imageops.encode(small.image, ".jpg", QUALITY)
            self._put(Shown(answer, jpeg, source.dropped), wait=source.kind != "live")

    def _put(self, item: Shown | None, *, wait: bool = True) -> None:
        with self._free:
            if wait:
                self._free.wait_for(lambda: self._slot is None or self._stopped.is_set())
            self._left_out += self._slot is not None
            self._slot = item
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.set)


class _Pace:
    """Lets a source play no faster than its own time, where that is not a live one's."""

    def __init__(self, on: bool, stopped: threading.Event) -> None:
        self._on, self._stopped = on, stopped
        self._start: float | None = None

    def wait_for(self, media_time: float) -> None:
        due = media_time if self._on else 0.0
        now = time.monotonic()
        if self._start is None:
            self._start = now - due
        if due > now - self._start:
            self._stopped.wait(due - (now - self._start))


def _timed(source: Source) -> Iterator[tuple[Frame, float]]:
    began = time.perf_counter()
    for frame in source:
        yield frame, (time.perf_counter() - began) * 1000
        began = time.perf_counter()


def _fitted(frame: Frame) -> Frame:
    height, width = frame.image.shape[:2]
    scale = LONG_SIDE / max(height, width)
    if scale >= 1:
        return frame
    small = imageops.resize(frame.image, max(round(width * scale), 1), max(round(height * scale), 1))
    return replace(frame, image=small)
