"""One open video file: packets in, upright BGR pictures with their times out."""

import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from mien.errors import SourceError
from mien.sources._clocks import MediaClock
from mien.types import Image

_log = logging.getLogger(__name__)
# Playlists and scripts name other files and addresses, which a file from a stranger must not choose; a text
# file is no video either, though FFmpeg can draw one.
_NOT_FILES = {"concat", "dash", "hls", "imf", "lavfi", "rtsp", "sap", "sdp", "tty", "vapoursynth"}
_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
_SLIMMEST = 4.0
"""Pixels that are said to be so many times as wide as high, or more, or the other way round, are no such."""
_SEEK_MARGINS = (0.0, 5.0, 30.0)
"""How much earlier to try, in seconds, in containers whose seek may land behind the wanted moment."""
_SHORTFALL = 0.5
"""A file that ends this much, in seconds, before its stated duration has been cut."""
_COUNTED_FROM_0 = "matroska"
"""Container whose duration is the time of its end, be its first picture ever so late."""


class Converter:
    """Decoded frames of ``stream`` to BGR. One scaler for all: a new one per frame takes thrice the time."""

    def __init__(self, stream: Any) -> None:
        self._reformatter = VideoReformatter()
        aspect = float(stream.sample_aspect_ratio or 1)
        self._aspect = aspect if 1 / _SLIMMEST < aspect < _SLIMMEST else 1.0

    def bgr(self, frame: Any) -> Image:
        """(H, W, 3) uint8 BGR, contiguous, as players show it: range and matrix as tagged, upright by the
        rotation tag, and as wide as pixels that are no squares (DV, DVD, television) make it."""
        converted = self._reformatter.reformat(
            frame,
            width=max(round(frame.width * self._aspect), 1),
            format="bgr24",
            interpolation=Interpolation.FAST_BILINEAR,
        )
        image = np.ascontiguousarray(converted.to_ndarray(), np.uint8)
        turn = _TURNS.get(round(frame.rotation / 90) * 90 % 360)
        return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


class Decoder:
    """The first video track of a file; a context manager. Iterate to get (picture, time in seconds)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._from_the_start()
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.rate: float | None = float(rate) if rate else None
        self.frame_count: int | None = self._stream.frames or None
        self.duration: float | None = self._duration()
        self._damaged_at: float | None = None
        self._ends_at = self._file_ends_at = self._longest_step = 0.0
        self._start: int = self._stream.start_time or 0
        self._has_stamps = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    def __iter__(self) -> Iterator[tuple[Image, float]]:
        start = self._stream.start_time
        clock = MediaClock(
            None if start is None else float(start * self._stream.time_base), 1 / (self.rate or 25)
        )
        converter = Converter(self._stream)
        time: float | None = None
        for frame in self._frames():
            if frame.is_corrupt:
                if time is not None:  # before the first good one it only lacks what came before it
                    self._note_damage(time)
                continue
            before, time = time, clock.seconds(frame.time)
            if before is not None:
                self._longest_step = max(self._longest_step, time - before)
            yield converter.bgr(frame), time

    def seek(self, seconds: float) -> int:
        """Go to the last key frame at or before ``seconds``; returns how many frames lie before it."""
        for margin in _SEEK_MARGINS:
            first = self._key_frame_near(seconds - margin)
            if first is not None and self._seconds(first) <= seconds:
                self._go_to(seconds - margin)
                return self._count_before(first)
        # Not by a seek to 0: without an index it would land behind the start, and frames be lost.
        self._container.close()
        self._from_the_start()
        return 0

    def damage(self) -> str | None:
        """What was wrong with the file, once it has been read to its end; None where nothing was."""
        if self._is_short():
            return f"is cut short: it breaks off at {self._ends_at:.2f} s of {self.duration:.2f} s."
        if self._damaged_at is not None:
            return f"is damaged: not all could be decoded from {self._damaged_at:.2f} s on."
        return None

    def _from_the_start(self) -> None:
        self._container = _open(self._path)
        try:
            self._stream = video_track(self._container, str(self._path))
        except SourceError:
            self._container.close()
            raise
        self._stream.thread_type = "AUTO"

    def _is_short(self) -> bool:
        """Whether pictures and file both end before they should: another track may well be the longer one."""
        file_duration = self._file_duration()
        if not self.duration or not file_duration or not self._has_stamps:
            return False
        file_ends_at = self._file_ends_at - (self._container.start_time or 0) / av.time_base
        # Some containers do not say how long the last picture stands, some not even the one before it.
        tolerance = max(_SHORTFALL, 0.01 * self.duration, 2 * self._longest_step)
        return self._ends_at < self.duration - tolerance and file_ends_at < file_duration - tolerance

    def _duration(self) -> float | None:
        if self._stream.duration:
            return float(self._stream.duration * self._stream.time_base)
        return self._file_duration()

    def _file_duration(self) -> float | None:
        """Seconds from the first picture or sound to the end, as the file says; None where it does not."""
        duration, start = self._container.duration or 0, self._container.start_time or 0
        if _COUNTED_FROM_0 in self._container.format.name and duration > start:
            duration -= start
        return duration / av.time_base if duration else None

    def _frames(self) -> Iterator[Any]:
        """Decoded frames; packets that cannot be decoded are noted, not fatal."""
        seen = False
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.FFmpegError as error:
                _log.debug("%s: %s", self._path, error)
                frames = []
                broken = True
            else:
                broken = packet.is_corrupt
            if broken and seen:  # a recording may begin in the middle of a packet
                self._note_damage(self._ends_at)
            seen = seen or bool(frames)
            yield from frames

    def _packets(self) -> Iterator[Any]:
        """Packets of the video track up to the end or the break, then the one that empties the decoder."""
        try:
            for packet in self._container.demux():
                self._note_end(packet)
                if packet.stream.index == self._stream.index:  # stream_index is 0 in all that empty a decoder
                    yield packet
        except av.FFmpegError as error:
            _log.debug("%s: %s", self._path, error)
            self._note_damage(self._ends_at)
            flush = av.Packet()
            flush.stream = self._stream
            yield flush

    def _note_end(self, packet: Any) -> None:
        if not packet.size or packet.is_corrupt:
            return
        is_picture = packet.stream.index == self._stream.index
        if packet.pts is None:
            self._has_stamps = self._has_stamps and not is_picture
            return
        end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
        self._file_ends_at = max(self._file_ends_at, end)
        if is_picture:
            self._ends_at = max(self._ends_at, end - float(self._start * self._stream.time_base))

    def _note_damage(self, time: float) -> None:
        if self._damaged_at is None:
            self._damaged_at = time

    def _go_to(self, seconds: float) -> None:
        offset = int(max(seconds, 0.0) / self._stream.time_base) + self._start
        try:
            self._container.seek(offset, stream=self._stream)
        except av.FFmpegError as error:  # no index: reading from the start is slower, and right
            _log.debug("%s cannot seek: %s", self._path, error)

    def _key_frame_near(self, seconds: float) -> int | None:
        """The stamp of the first frame that decodes after a seek to ``seconds``."""
        self._go_to(seconds)
        frame = next((frame for frame in self._frames() if not frame.is_corrupt), None)
        self._damaged_at = None
        return None if frame is None or frame.pts is None else int(frame.pts)

    def _seconds(self, stamp: int) -> float:
        return float((stamp - self._start) * self._stream.time_base)

    def _count_before(self, stamp: int) -> int:
        """How many frames lie before the one at ``stamp``: packets are counted, not decoded."""
        count = 0
        with _open(self._path) as container:
            for packet in container.demux(container.streams[self._stream.index]):
                # In Matroska the first packets have no decoding time where frames lean on later ones.
                if packet.dts is not None and packet.dts >= stamp:
                    break
                count += packet.pts is not None and packet.pts < stamp and not packet.is_discard
        return count


def video_track(container: Any, name: str) -> Any:
    """The first moving-picture track; a cover picture in a sound file is none. `SourceError` without one."""
    for stream in container.streams.video:
        if not stream.disposition & _COVER:
            return stream
    kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
    raise SourceError(f"'{name}' has no video track, only {kinds}. Give a file or stream with a picture.")


_COVER = 0x400  # AV_DISPOSITION_ATTACHED_PIC


def _open(path: Path) -> Any:
    allowed = ",".join(sorted(av.formats_available - _NOT_FILES))
    try:
        return av.open(
            str(path),
            options={"format_whitelist": allowed, "protocol_whitelist": "file"},
            metadata_errors="replace",  # titles need not be UTF-8
        )
    except (av.FFmpegError, OSError) as error:
        raise SourceError(
            f"'{path}' is not a video that can be read ({error.strerror}): it is another kind of file, or "
            "its end, which may hold the index, is missing. Give a whole .mp4, .mkv, .webm, .avi or .ts file."
        ) from error
