"""Streams from the network, read by FFmpeg (PyAV): RTSP, MJPEG and MPEG-TS over HTTP, HLS and others."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import av

from mien.errors import BadOption, PartialSource, SourceError
from mien.sources import _addresses, _targets
from mien.sources._decoding import Converter, video_track
from mien.sources._live import LiveSource, Persistence, Pictures
from mien.sources.base import Target

_TRANSPORTS = ("tcp", "udp")
_PLAYLISTS = {"hls", "dash"}
_END_MARGIN = 1.0
"""A stream with a stated duration that stops within this many seconds of it has ended, not broken off."""


class Network(LiveSource):
    """A stream by its URL (``rtsp://``, ``http://`` ...). Only the newest frame counts; it reconnects.

    ``transport`` is RTSP's, "tcp" or "udp". The other options, in seconds: ``timeout`` without a picture
    until the server counts as frozen; ``patience``, how long to try for the first connection (0: once);
    ``give_up``, how long to try after a break (None: for ever); the wait between tries doubles from
    ``first_wait`` up to ``longest_wait``. What has a duration (a video file over HTTP) is played at its own
    pace and then ends. Passwords and tokens never show in names and messages.
    """

    def __init__(
        self,
        target: str,
        *,
        transport: str = "tcp",
        timeout: float = 10.0,
        patience: float = 0.0,
        give_up: float | None = None,
        first_wait: float = 0.5,
        longest_wait: float = 10.0,
    ) -> None:
        self._url = str(target)
        if _targets.scheme(self._url) not in _addresses.SCHEMES:
            valid = ", ".join(sorted(_addresses.SCHEMES))
            raise SourceError(
                f"'{_addresses.masked(self._url)}' has no scheme that can be read. Valid: {valid}; "
                "give a file by its path."
            )
        if transport not in _TRANSPORTS:
            raise BadOption(f"transport={transport} is unknown. Valid: {', '.join(_TRANSPORTS)}.")
        self._transport = transport
        super().__init__(
            _addresses.masked(self._url), Persistence(timeout, patience, give_up, first_wait, longest_wait)
        )

    @classmethod
    def accepts(cls, target: Target) -> bool:
        return _targets.is_network(target)

    def _pictures(self, stop: threading.Event) -> Pictures:
        try:
            with self._open() as container:
                yield from self._decoded(container, stop)
        except (av.FFmpegError, OSError, ValueError) as error:
            # The original holds the URL with its password: it must not stay in the traceback.
            raise _addresses.failure(self._url, error) from None

    def _decoded(self, container: Any, stop: threading.Event) -> Pictures:
        try:
            yield from self._paced(container, stop)
        except av.FFmpegError as error:
            if _is_file(container):  # asked again, it would start from the beginning
                raise PartialSource(str(_addresses.failure(self._url, error))) from None
            raise

    def _paced(self, container: Any, stop: threading.Event) -> Pictures:
        stream = video_track(container, self._name)
        stream.thread_type = "SLICE"  # threads by frame would each hold a frame back
        self.rate = float(stream.average_rate) if stream.average_rate else None
        converter, pace = Converter(stream), _Pace(container, stop)
        last = 0.0
        for frame in _frames(container, stream):
            last = frame.time or last
            pace.wait(last)
            if stop.is_set():
                return
            yield converter.bgr(frame), None if pace.invents_stamps else frame.time
        if not _has_ended(container, stream, last):  # a file has an end, a camera only a fault
            raise SourceError(f"'{self._name}' stopped sending.")

    def _open(self) -> Any:
        timeout = self._persistence.timeout
        # Not guessing the rate from frames opens RTSP in a third of the time. Nothing else is trimmed: what
        # arrives while opening holds the key frame, and of all that the newest picture counts anyway.
        options = {"flags": "low_delay", "fpsprobesize": "0", "rw_timeout": str(int(timeout * 1e6))}
        if self._url.lower().startswith("rtsp"):
            options |= {"rtsp_transport": self._transport, "timeout": options["rw_timeout"]}
        return av.open(self._url, options=options, timeout=(timeout, timeout), metadata_errors="replace")


class _Pace:
    """Holds back what comes faster than it was filmed: files, and playlists that arrive in lumps."""

    def __init__(self, container: Any, stop: threading.Event) -> None:
        self.invents_stamps = "jpeg" in container.format.name
        comes_in_lumps = bool(_formats(container) & _PLAYLISTS) or _is_file(container)
        self._on = comes_in_lumps and not self.invents_stamps
        self._stop = stop
        self._ahead: float | None = None

    def wait(self, stamp: float) -> None:
        """Return when the frame of ``stamp`` (s) is due; at once where it is late."""
        if not self._on:
            return
        now = time.monotonic()
        if self._ahead is None or now > stamp + self._ahead:
            self._ahead = now - stamp
        self._stop.wait(stamp + self._ahead - now)


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; a packet that the network spoiled is passed over."""
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            continue
        yield from (frame for frame in frames if not frame.is_corrupt)


def _formats(container: Any) -> set[str]:
    return set(container.format.name.split(","))


def _is_file(container: Any) -> bool:
    """Whether the server stated a length in bytes: cameras do not know theirs."""
    size = container.size or 0  # unknown: None from PyAV 19 on, negative before
    return size > 0 and not _formats(container) & _PLAYLISTS


def _has_ended(container: Any, stream: Any, last: float) -> bool:
    if _is_file(container):
        return True
    if not container.duration:
        return False
    start = float((stream.start_time or 0) * stream.time_base)
    return bool(last - start >= container.duration / av.time_base - _END_MARGIN)
