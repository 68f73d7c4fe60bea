"""Time stamps to seconds that never fall."""

import time


class MediaClock:
    """A file's own time stamps as seconds from ``start`` (a stamp; None: the first one seen).

    ``step`` is the nominal time between frames, in seconds: frames without a stamp come that much after
    the one before, and so does the first after a backward jump (recordings that were joined).
    """

    _JUMP = 1.0

    def __init__(self, start: float | None, step: float) -> None:
        self._origin, self._step = start, step
        self._last: float | None = None

    def seconds(self, stamp: float | None) -> float:
        following = 0.0 if self._last is None else self._last + self._step
        if stamp is None:
            self._last = following
            return following
        if self._origin is None:
            self._origin = stamp
        value = stamp - self._origin
        if self._last is not None and value < self._last - self._JUMP:
            self._origin = stamp - following
            value = following
        self._last = max(value, self._last or 0.0)
        return self._last


class LiveClock:
    """Seconds since the first frame of a live source, across reconnections.

    Within a connection the stream's own stamps count, as they know nothing of the network's jitter; where
    they are absent, restart or drift off by more than two seconds, the machine's clock takes over.
    """

    _DRIFT = 2.0

    def __init__(self) -> None:
        self._began: float | None = None
        self._offset: float | None = None
        self._last = 0.0

    def restart(self) -> None:
        """A new connection: its stamps have nothing to do with those before."""
        self._offset = None

    def seconds(self, stamp: float | None) -> float:
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        elapsed = now - self._began
        if stamp is None:
            value = elapsed
        else:
            if self._offset is None or abs(stamp + self._offset - elapsed) > self._DRIFT:
                self._offset = elapsed - stamp
            value = stamp + self._offset
        self._last = max(self._last, value)
        return self._last
