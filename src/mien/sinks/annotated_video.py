"""The annotated video: H.264 in .mp4, with the source's own time stamps and sound."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mien import imageops
from mien.drawing.overlay import Painter
from mien.drawing.style import BY_EXPRESSION, Style
from mien.errors import BadOption, SinkError
from mien.sinks._atomic import AtomicFile
from mien.sinks._encoder import Encoder
from mien.sinks._worker import Worker
from mien.sinks.base import Sink
from mien.types import Frame, FrameResult, Image, SourceInfo

_log = logging.getLogger(__name__)

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
_AHEAD = 4
_RATES = {"pictures": 1.0, "live": 25.0, "file": 25.0}


class AnnotatedVideo(Sink):
    """One source as a video that browsers play, faces drawn on it.

    Frame times are those of the source, counted from where reading began; a variable frame rate stays
    one. The sound of a file goes along (``sound``): copied where it is AAC or MP3, else encoded as AAC.
    Pictures become slides of one second. Odd sizes grow by one pixel; a picture of another size than the
    first is fitted into it. Drawing and encoding run in a thread of their own; `write` waits when it falls
    behind.

    ``preset`` trades time for size (x264's names), ``crf`` quality for size (0 best, 51 worst); the other
    options are those of `mien.drawing.style.Style`. Without a single frame nothing is written.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        boxes: bool = True,
        colour: str = BY_EXPRESSION,
        ids: bool = True,
        labels: bool = True,
        bars: bool = True,
        points: bool = False,
        regions: bool = False,
        measures: bool = False,
        pose: bool = False,
        max_bars: int = 3,
        scale: float = 1.0,
        preset: str = "veryfast",
        crf: int = 21,
        sound: bool = True,
    ) -> None:
        if preset not in PRESETS:
            raise BadOption(f"preset={preset} is none of x264's. Valid: {', '.join(PRESETS)}.")
        if not 0 <= crf <= 51:
            raise BadOption(f"crf={crf} is out of range. Give 0 (best) to 51 (smallest).")
        self._style = Style(
            boxes, colour, ids, labels, bars, points, regions, measures, pose, max_bars, scale
        )
        self._preset, self._crf, self._with_sound = preset, crf, sound
        self._file = AtomicFile(path)
        self._info: SourceInfo | None = None
        self._film: _Film | None = None
        self._closed = False
        self._worker: Worker[tuple[Frame, FrameResult]] | None = None

    def begin(self, info: SourceInfo) -> None:
        if self._info is not None:
            raise SinkError(
                f"'{self._file.path}' holds '{self._info.name}' already. Give each source a video of its own."
            )
        self._info = info

    def write(self, frame: Frame, result: FrameResult) -> None:
        if self._worker is None:
            self._film = self._start(frame)
            self._worker = Worker(self._film.add, _AHEAD, "mien-encode")
        self._worker.put((frame, result))

    def close(self, *, discard: bool = False) -> None:
        worker, self._worker = self._worker, None
        film, self._film = self._film, None
        if worker is None or film is None:
            self._file.discard()
            if self._info is not None and not discard and not self._closed:
                _log.warning("'%s' gave no frame: no video is written.", self._info.name)
            self._closed = True
            return
        self._closed = True
        try:
            if discard:
                worker.cancel()
            else:
                worker.finish()
                film.encoder.finish()
                self._file.commit()
        finally:
            worker.cancel()
            film.encoder.close()
            self._file.discard()

    def _start(self, frame: Frame) -> "_Film":
        info = self._info or SourceInfo(frame.source, "live")
        height, width = frame.image.shape[:2]
        size = width + width % 2, height + height % 2
        self._file.open().close()  # says in words what FFmpeg gives a number for
        encoder = Encoder(
            self._file.temporary,
            size,
            info.rate or _RATES[info.kind],
            preset=self._preset,
            crf=self._crf,
            sound=info.path if self._with_sound and info.kind == "file" else None,
            start=info.start,
        )
        canvas = np.zeros((size[1], size[0], 3), np.uint8)
        return _Film(encoder, Painter(self._style), canvas, (width, height), info)


@dataclass(slots=True)
class _Film:
    """What the thread works on: frames in, pictures out to the encoder."""

    encoder: Encoder
    painter: Painter
    canvas: Image
    size: tuple[int, int]
    """Width and height of the first picture, before it grew to even numbers."""
    info: SourceInfo
    count: int = 0

    def add(self, item: tuple[Frame, FrameResult]) -> None:
        frame, result = item
        width, height = self.size
        inside = self.canvas[:height, :width]
        if frame.image.shape[1::-1] == self.size:
            self.painter.draw(frame.image, result, out=inside)
        else:
            _fit(self.painter.draw(frame.image, result), inside)
        self.canvas[height:] = self.canvas[height - 1]
        self.canvas[:, width:] = self.canvas[:, width - 1 : width]
        slide = self.info.kind == "pictures"
        self.encoder.write(self.canvas, float(self.count) if slide else frame.time - self.info.start)
        self.count += 1


def _fit(image: Image, area: Image) -> None:
    """Scale ``image`` into the middle of ``area``, black around it."""
    height, width = area.shape[:2]
    scale = min(width / image.shape[1], height / image.shape[0])
    inner_w, inner_h = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    left, top = (width - inner_w) // 2, (height - inner_h) // 2
    area[:] = 0
    area[top : top + inner_h, left : left + inner_w] = imageops.resize(image, inner_w, inner_h)
