"""What live sources share: the newest frame only, a watchdog, and reconnection by itself."""

import contextlib
import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

from mien.errors import BadOption, MienError, PartialSource, SourceError
from mien.sources._clocks import LiveClock
from mien.sources.base import Source
from mien.types import Frame, Image, SourceInfo

Pictures = Generator[tuple[Image, float | None], None, None]
"""Pictures (H, W, 3) BGR with the stream's own time stamp in seconds, or None where it has none."""
_log = logging.getLogger(__name__)
_TICK = 0.5
"""The longest single wait in seconds, so that Ctrl-C is heard on every system."""
_FAREWELL = 1.0
"""How long, in seconds, closing waits for a reader; one that hangs in the driver is left behind."""


@dataclass(frozen=True, slots=True)
class Persistence:
    """How long a live source waits and how often it tries, all in seconds.

    ``timeout``: without a picture for so long, a connection counts as frozen. ``patience``: how long the
    first connection is tried (0: once). ``give_up``: how long a lost one is tried again (None: for ever).
    The wait between tries grows from ``first_wait`` by doubling up to ``longest_wait``.
    """

    timeout: float = 10.0
    patience: float = 0.0
    give_up: float | None = None
    first_wait: float = 0.5
    longest_wait: float = 10.0

    def __post_init__(self) -> None:
        for name in ("timeout", "first_wait", "longest_wait"):
            if getattr(self, name) <= 0:
                raise BadOption(f"{name}={getattr(self, name)} is no time to wait. Give seconds above 0.")


class LiveSource(Source):
    """A source without end. A thread of its own reads each connection and keeps the newest frame only.

    A reader that brings nothing for ``timeout`` seconds is left behind (it may hang in a driver or a socket)
    and another one takes its place. Iterating ends when `close` is called, from whatever thread, and
    when the stream itself ends. ``Frame.index`` counts the frames that were taken.
    """

    kind = "live"
    state: Literal["connecting", "live", "reconnecting", "ended"] = "connecting"
    reconnects: int = 0
    """How often a lost connection came back."""
    rate: float | None = None
    """Nominal frames per second, where the connection tells."""

    def __init__(self, name: str, persistence: Persistence) -> None:
        """Connect; returns with the first picture at hand, else raises `SourceError`."""
        self._name, self._persistence = name, persistence
        self._changed = threading.Condition()  # guards all that follows
        self._clock = LiveClock()
        self._newest: tuple[Image, float] | None = None
        self._taken = 0
        self._closed = False
        self._reader: _Reader | None = None
        self._wait = persistence.first_wait
        self._next_try = self._last_sign = time.monotonic()
        self._lost_at: float | None = self._next_try
        try:
            with self._changed:
                self._await_picture()
                self._info = self._describe()
        except BaseException:
            self.close()
            raise

    @abstractmethod
    def _pictures(self, stop: threading.Event) -> Pictures:
        """Connect and yield pictures; runs in a reader's thread and may block.

        Raises `SourceError` where the connection fails or breaks off, `PartialSource` where trying again is
        no use; returning means that the stream has come to its own end. Look at ``stop`` where waiting.
        """

    @property
    def info(self) -> SourceInfo:
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._take()) is not None:
            yield frame

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self.state = "ended"
            reader, self._reader = self._reader, None
            self._changed.notify_all()
        if reader is not None:
            reader.leave()
            reader.join(_FAREWELL)

    @property
    def _is_over(self) -> bool:
        return self._closed or self.state == "ended"

    def _describe(self) -> SourceInfo:
        if self._newest is None:
            raise SourceError(f"'{self._name}' ended without a picture.")
        height, width = self._newest[0].shape[:2]
        return SourceInfo(self._name, self.kind, width=width, height=height, rate=self.rate)

    def _take(self) -> Frame | None:
        with self._changed:
            self._await_picture()
            if self._newest is None or self._closed:
                return None
            (image, seconds), self._newest = self._newest, None
            frame = Frame(image, self._taken, seconds, self._name)
            self._taken += 1
            return frame

    def _await_picture(self) -> None:
        """Wait for a picture or the end, and keep a connection going meanwhile. Holds the lock."""
        while self._newest is None and not self._is_over:
            self._supervise()
            if not self._is_over:
                self._changed.wait(min(self._until_next_check(), _TICK))

    def _until_next_check(self) -> float:
        due = self._next_try if self._reader is None else self._last_sign + self._persistence.timeout
        return max(due - time.monotonic(), 0.001)

    def _supervise(self) -> None:
        now = time.monotonic()
        reader = self._reader
        if reader is None:
            if now >= self._next_try:
                self._connect(now)
        elif reader.error is not None:
            self._lose(reader.error, now)
        elif reader.is_done:
            self.state = "ended"
        elif now - self._last_sign > self._persistence.timeout:
            silence = f"'{self._name}' sent no picture for {self._persistence.timeout:g} s."
            self._lose(SourceError(f"{silence} Check that it is running and can be reached."), now)

    def _connect(self, now: float) -> None:
        self._last_sign = now
        self._clock.restart()
        self._reader = _Reader(self)
        self._reader.start()

    def _lose(self, reason: MienError, now: float) -> None:
        """Leave the present reader behind and plan the next one; raises where the time for that is over."""
        if self._reader is not None:
            self._reader.leave()
        self._reader = None
        first_time = self.state == "connecting"
        limit = self._persistence.patience if first_time else self._persistence.give_up
        self._lost_at = now if self._lost_at is None else self._lost_at
        if isinstance(reason, PartialSource):
            self.state = "ended"
            raise reason
        if limit is not None and now + self._wait > self._lost_at + limit:
            self.state = "ended"
            raise reason if first_time else PartialSource(f"{reason} Gave up after {limit:g} s.")
        is_news = self.state == "live"
        if not first_time:
            self.state = "reconnecting"
        _log.log(logging.WARNING if is_news else logging.DEBUG, "%s Trying again ...", reason)
        self._next_try = now + self._wait
        self._wait = min(self._wait * 2, self._persistence.longest_wait)

    def _publish(self, reader: "_Reader", image: Image, stamp: float | None) -> bool:
        """Take a picture from ``reader``; False tells it that it was left behind."""
        with self._changed:
            if reader is not self._reader:
                return False
            self.dropped += self._newest is not None
            self.reconnects += self.state == "reconnecting"
            self.state = "live"
            self._newest = image, self._clock.seconds(stamp)
            self._last_sign = time.monotonic()
            self._lost_at, self._wait = None, self._persistence.first_wait
            self._changed.notify_all()
            return True

    def _report(self, reader: "_Reader", error: MienError | None) -> None:
        """``reader`` is done, with or without an error."""
        with self._changed:
            reader.error, reader.is_done = error, True
            self._changed.notify_all()


class _Reader(threading.Thread):
    """Reads one connection until it ends or is left behind."""

    def __init__(self, source: LiveSource) -> None:
        super().__init__(name="mien-reader", daemon=True)
        self._source = source
        self._left = threading.Event()
        self.error: MienError | None = None
        self.is_done = False

    def leave(self) -> None:
        """Stop as soon as the connection lets go."""
        self._left.set()

    def run(self) -> None:
        error: MienError | None = None
        try:
            with contextlib.closing(self._source._pictures(self._left)) as pictures:
                for image, stamp in pictures:
                    if not self._source._publish(self, image, stamp):
                        return
        except MienError as known:
            error = known
        except Exception as unknown:  # noqa: BLE001 - a thread's error would vanish; the consumer gets it
            _log.debug("reader failed", exc_info=True)
            error = SourceError(f"Reading broke off: {type(unknown).__name__}: {unknown}")
        self._source._report(self, error)
