"""The sound of a video file, on its way beside the annotated picture."""

import logging
from collections.abc import Generator, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

_log = logging.getLogger(__name__)

COPIED = frozenset({"aac", "mp3"})
"""Codecs that browsers play out of an .mp4; every other is encoded anew, as AAC."""
_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})
_AAC_FRAME = 1024
_COVER = 0x400  # AV_DISPOSITION_ATTACHED_PIC


class Sound:
    """The first sound track of a video, added to ``output`` before anything is written there.

    ``start`` is the media time (s) at which the output begins. Damaged sound ends where the damage is, with a
    warning: the picture goes on.
    """

    def __init__(self, source: InputContainer, output: OutputContainer, start: float) -> None:
        self._source, self._output = source, output
        self._packets = _packets(source, output, start)
        self._next = self._take()

    def until(self, seconds: float) -> None:
        """Write what sounds before ``seconds`` of the output."""
        while self._next is not None and self._next.pts * self._next.time_base < seconds:
            self._output.mux(self._next)
            self._next = self._take()

    def close(self) -> None:
        """Stop reading the source."""
        self._packets.close()
        self._source.close()

    def _take(self) -> Any:
        try:
            return next(self._packets, None)
        except av.FFmpegError as error:
            _log.warning("The sound of '%s' breaks off: %s", self._source.name, error)
            return None


def open_sound(path: Path | None, output: OutputContainer, start: float) -> Sound | None:
    """The sound of the video at ``path``, or None where there is none that can be read."""
    if path is None:
        return None
    try:
        source = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        _log.warning("The sound of '%s' cannot be read: %s", path, error)
        return None
    if not source.streams.audio or source.streams.audio[0].codec_context is None:
        source.close()
        return None
    return Sound(source, output, start)


def _packets(source: InputContainer, output: OutputContainer, start: float) -> Generator[Any, None, None]:
    """Packets for ``output``, their time counted from ``start``."""
    track = source.streams.audio[0]
    origin = Fraction(start) + _video_start(source)
    if track.codec.canonical_name in COPIED:
        make = _copied(source, track, output.add_stream_from_template(track), origin)
    else:
        make = _encoded(source, track, _aac(output, track), origin)
    if start > 0:
        source.seek(int(origin * av.time_base), backward=True)
    yield from make


def _video_start(source: InputContainer) -> Fraction:
    """Media time 0 in the container's time: the start of its video track."""
    for stream in source.streams.video:
        if not stream.disposition & _COVER:
            return Fraction((stream.start_time or 0) * (stream.time_base or 0))
    return Fraction(0)


def _rising(pieces: Iterable[Any]) -> Iterator[Any]:
    """Packets or frames that have a time. Where it falls back, as in recordings that were joined, the next
    one follows on the last: so do the pictures, and no container takes a time twice."""
    last: int | None = None
    shift = end = 0
    for piece in pieces:
        if piece.pts is None:
            continue
        if last is not None and piece.pts + shift <= last:
            shift = end - piece.pts
        piece.pts = last = piece.pts + shift
        end = last + max(piece.duration or 0, 1)
        yield piece


def _copied(source: InputContainer, track: Any, target: Any, origin: Fraction) -> Iterator[Any]:
    shift = round(origin / track.time_base)
    for packet in _rising(source.demux(track)):
        if packet.pts < shift:
            continue
        packet.pts -= shift
        packet.dts = packet.pts  # sound is decoded in the order in which it is heard
        packet.stream = target
        yield packet


def _aac(output: OutputContainer, track: Any) -> Any:
    context = track.codec_context
    rate = context.sample_rate if context.sample_rate in _AAC_RATES else 48000
    return output.add_stream("aac", rate=rate, layout="mono" if context.channels == 1 else "stereo")


def _encoded(source: InputContainer, track: Any, target: Any, origin: Fraction) -> Iterator[Any]:
    context = target.codec_context
    resampler = av.AudioResampler("fltp", context.layout, context.sample_rate, frame_size=_AAC_FRAME)
    for frame in _rising(_decoded(source, track)):
        if frame.time < origin:
            continue
        frame.pts -= round(origin / frame.time_base)
        for piece in resampler.resample(frame):
            yield from target.encode(piece)
    for piece in resampler.resample(None):
        yield from target.encode(piece)
    yield from target.encode(None)


def _decoded(source: InputContainer, track: Any) -> Iterator[Any]:
    """The frames; what cannot be decoded before the first is passed over: a seek may end amid a packet."""
    seen = False
    for packet in source.demux(track):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            if seen:
                raise
            continue
        seen = seen or bool(frames)
        yield from frames
