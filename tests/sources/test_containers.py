"""Videos as cameras, phones and editors write them: other tracks beside the picture, odd titles and times."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mien.sinks.annotated_video import AnnotatedVideo
from mien.sources.video import Video
from mien.types import Frame, FrameResult, Image

FRAMES = 30
Setup = Callable[[Any], Any]


def plain(level: int) -> Image:
    return np.full((48, 64, 3), level, np.uint8)


def write(path: Path, before: Setup | None = None, after: Setup | None = None, step: int = 40) -> Path:
    """`FRAMES` pictures, ``step`` milliseconds apart, with a track made ``before`` or ``after`` theirs.

    What makes a track returns the packets that go in front of the pictures' first.
    """
    with av.open(str(path), "w") as container:
        first = before(container) if before is not None else []
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        first += after(container) if after is not None else []
        for index in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(plain(20 + 7 * index), "bgr24")
            frame.pts, frame.time_base = index * step, Fraction(1, 1000)
            container.mux(stream.encode(frame))
            container.mux(first)
            first = []
        container.mux(stream.encode(None))
    return path


def sound(container: Any) -> list[Any]:
    stream = container.add_stream("aac", rate=16000, layout="mono")
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", layout="mono")
    frame.sample_rate, frame.pts = 16000, 0
    return [*stream.encode(frame), *stream.encode(None)]


def telemetry(container: Any) -> list[Any]:
    packet = av.Packet(bytes(20))
    packet.stream = container.add_data_stream("klv")
    packet.pts = packet.dts = 0
    packet.time_base = Fraction(1, 1000)
    return [packet]


def timecode(container: Any) -> list[Any]:
    container.metadata["timecode"] = "01:00:00:00"
    return []


def read(path: Path) -> list[Frame]:
    with Video(str(path)) as source:
        return list(source)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_every_frame_comes_wherever_the_sound_stands(tmp_path: Path, name: str, place: str) -> None:
    assert len(read(write(tmp_path / name, **{place: sound}))) == FRAMES


@pytest.mark.parametrize(
    ("name", "track"), [("clip.mp4", timecode), ("clip.mov", timecode), ("clip.ts", telemetry)]
)
def test_timecodes_and_telemetry_are_passed_over(tmp_path: Path, name: str, track: Setup) -> None:
    path = write(tmp_path / name, after=track)
    with av.open(str(path)) as container:
        assert {stream.type for stream in container.streams} == {"video", "data"}
    assert len(read(path)) == FRAMES


def test_a_title_need_not_be_utf_8(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.avi", before=lambda container: container.metadata.update(title="Zo@") or [])
    path.write_bytes(path.read_bytes().replace(b"Zo@", b"Zo\xeb"))
    frames = read(path)
    assert len(frames) == FRAMES
    with AnnotatedVideo(tmp_path / "drawn.mp4") as sink:  # it takes the sound from the same file
        with Video(str(path)) as source:
            sink.begin(source.info)
        for frame in frames:
            sink.write(frame, FrameResult(frame.source, frame.index, frame.time, 64, 48))


@pytest.mark.parametrize("name", ["slow.flv", "slow.avi", "slow.ts", "slow.wmv"])
@pytest.mark.parametrize("seconds", [1, 2])
def test_a_slow_video_is_whole(tmp_path: Path, name: str, seconds: int) -> None:
    assert len(read(write(tmp_path / name, step=1000 * seconds))) == FRAMES


@pytest.mark.parametrize("name", ["part.mkv", "part.mp4", "part.ts"])
def test_a_part_of_a_recording_lasts_as_long_as_it_is(
    tmp_path: Path, write_video: Callable[..., Path], name: str
) -> None:
    path = write_video(name, [plain(99)] * 12, times=[40_000 + 100 * index for index in range(12)])
    with Video(str(path)) as source:
        assert source.info.duration == pytest.approx(1.2, abs=0.15)
        assert len(list(source)) == 12
