"""H.264 in .mp4, as browsers play it, with the time stamps that it is given."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from mien.errors import SinkError
from mien.sinks._sound import open_sound
from mien.types import Image

_TIME_BASE = Fraction(1, 90_000)
"""Fine enough for any frame rate: MPEG's own clock."""
_BT601, _BT709, _LIMITED = 6, 1, 1


class Encoder:
    """Writes pictures of one even size to ``path``; used by one thread at a time.

    ``rate`` is the nominal frames per second, which only guides the encoder. ``sound`` is a video whose sound
    goes along, from its ``start`` (s) on.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        rate: float,
        *,
        preset: str,
        crf: int,
        sound: Path | None = None,
        start: float = 0.0,
    ) -> None:
        self._path = path
        self._last: int | None = None
        self._step = round(1 / rate / _TIME_BASE)
        with encoding(path):
            self._output = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
            options = {"preset": preset, "crf": str(crf)}
            self._stream = self._output.add_stream("libx264", rate=_fraction(rate), options=options)
            self._stream.width, self._stream.height = size
            self._stream.pix_fmt = "yuv420p"
            context = self._stream.codec_context
            context.time_base = _TIME_BASE
            context.gop_size = max(round(2 * rate), 1)  # a key frame every two seconds: quick to seek in
            # OpenCV converts by BT.601; said here, or players guess another matrix for large pictures.
            context.colorspace, context.color_range = _BT601, _LIMITED
            context.color_primaries = context.color_trc = _BT709
            self._sound = open_sound(sound, self._output, start)

    def write(self, image: Image, seconds: float) -> None:
        """Append ``image`` (H, W, 3) BGR, shown from ``seconds`` on (made later than the last where not)."""
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        stamp = max(round(seconds / _TIME_BASE), 0)
        if self._last is not None:
            stamp = max(stamp, self._last + 1)
            self._step = stamp - self._last
        frame.pts, frame.time_base, frame.duration = stamp, _TIME_BASE, self._step
        self._last = stamp
        with encoding(self._path):
            self._output.mux(self._stream.encode(frame))
            self._sound_until(stamp)

    def finish(self) -> None:
        """Write what the encoder still holds, the rest of the sound, and the index."""
        with encoding(self._path):
            self._output.mux(self._stream.encode(None))
            self._sound_until((self._last or 0) + self._step)
            self._output.close()
        self.close()

    def close(self) -> None:
        """Let go of the files, finished or not."""
        if self._sound is not None:
            self._sound.close()
        with contextlib.suppress(av.FFmpegError, OSError):
            self._output.close()

    def _sound_until(self, stamp: int) -> None:
        if self._sound is not None:
            self._sound.until(float(stamp * _TIME_BASE))


@contextlib.contextmanager
def encoding(path: Path) -> Iterator[None]:
    """Turn FFmpeg's complaints about ``path`` into `SinkError`."""
    try:
        yield
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SinkError(
            f"Cannot write the video: {reason}. Check the free space and your rights there."
        ) from error


def _fraction(rate: float) -> Fraction:
    return Fraction(rate).limit_denominator(1001)
