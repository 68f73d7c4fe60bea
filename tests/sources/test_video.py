import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mien.errors import PartialSource, SourceError
from mien.sources._decoding import Decoder
from mien.sources.video import Video
from mien.types import Frame, Image

WriteVideo = Callable[..., Path]
LEVELS = [20 + 8 * index for index in range(25)]
"""A gray level for each frame, so that each can be told."""


def plain(level: int) -> Image:
    return np.full((48, 64, 3), level, np.uint8)


def read(path: Path, start: float = 0.0) -> list[Frame]:
    with Video(str(path)) as source:
        source.seek(start)
        return list(source)


def levels(frames: list[Frame]) -> list[int]:
    """Which of `LEVELS` each frame is."""
    return [round((float(frame.image.mean()) - 20) / 8) for frame in frames]


def read_partial(path: Path) -> tuple[list[Frame], str]:
    frames: list[Frame] = []
    with Video(str(path)) as source, pytest.raises(PartialSource) as caught:  # noqa: PT012 - frames, then the break
        for frame in source:
            frames.append(frame)
    return frames, str(caught.value)


@pytest.fixture
def clip(write_video: WriteVideo) -> Path:
    """25 frames, 10 per second, a key frame each second."""
    return write_video("Löwe 動画.mp4", [plain(level) for level in LEVELS])


def test_every_frame_comes_once_with_its_time(clip: Path) -> None:
    frames = read(clip)
    assert levels(frames) == list(range(25))
    assert [frame.index for frame in frames] == list(range(25))
    assert [frame.time for frame in frames] == pytest.approx([index / 10 for index in range(25)])
    assert {frame.source for frame in frames} == {str(clip)}


def test_pictures_are_contiguous_bgr(clip: Path) -> None:
    image = read(clip)[0].image
    assert (image.dtype, image.shape) == (np.uint8, (48, 64, 3))
    assert image.flags.c_contiguous


def test_info_states_size_rate_and_duration(clip: Path) -> None:
    with Video(str(clip)) as source:
        info = source.info
    assert (info.kind, info.name, info.path) == ("file", str(clip), clip)
    assert (info.width, info.height, info.frame_count) == (64, 48, 25)
    assert info.rate == pytest.approx(10)
    assert info.duration == pytest.approx(2.5)


def test_a_variable_frame_rate_keeps_its_times(write_video: WriteVideo) -> None:
    times = [0, 40, 500, 510, 1700, 1750]
    frames = read(write_video("vfr.mp4", [plain(level) for level in LEVELS[:6]], times))
    assert [frame.time for frame in frames] == pytest.approx([time / 1000 for time in times])
    assert levels(frames) == list(range(6))


def test_times_count_from_the_start_of_the_track(write_video: WriteVideo) -> None:
    times = [5000 + 100 * index for index in range(5)]
    frames = read(write_video("late.mkv", [plain(level) for level in LEVELS[:5]], times))
    assert frames[0].time == pytest.approx(0)
    assert frames[-1].time == pytest.approx(0.4)


def test_a_raw_stream_without_stamps_gets_rising_times(tmp_path: Path, write_video: WriteVideo) -> None:
    path = write_video("raw.h264", [plain(level) for level in LEVELS], format="h264")
    times = [frame.time for frame in read(path)]
    assert len(times) == 25
    assert times[0] == 0
    assert all(np.diff(times) > 0)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.avi"])
@pytest.mark.parametrize("start", [0.05, 1.0, 1.55, 2.4, 99.0])
def test_seek_loses_no_frame_behind_it_and_keeps_the_count(
    write_video: WriteVideo, name: str, start: float
) -> None:
    path = write_video(name, [plain(level) for level in LEVELS])
    whole = {frame.index: frame.time for frame in read(path)}
    frames = read(path, start)
    assert {index for index, time in whole.items() if time >= start} <= {frame.index for frame in frames}
    assert levels(frames) == [frame.index for frame in frames]
    assert [frame.time for frame in frames] == pytest.approx([whole[frame.index] for frame in frames])


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.mpg", "clip.h264"])
@pytest.mark.parametrize("start", [0.05, 0.5, 1.55])
def test_seek_keeps_the_count_of_frames_that_lean_on_later_ones(
    write_video: WriteVideo, name: str, start: float
) -> None:
    """With B frames the first packets may have no decoding time, and streams without an index begin late."""
    path = write_video(name, [plain(level) for level in LEVELS], setup=_b_frames)
    whole = {frame.index: frame.time for frame in read(path)}
    assert len(whole) == 25
    frames = read(path, start)
    assert {index for index, time in whole.items() if time >= start} <= {frame.index for frame in frames}
    assert levels(frames) == [frame.index for frame in frames]
    assert [frame.time for frame in frames] == pytest.approx([whole[frame.index] for frame in frames])


def _b_frames(stream: Any) -> None:
    stream.options = {"preset": "veryfast", "g": "10", "bf": "2", "x264-params": "scenecut=0:b-adapt=0"}


def test_seek_skips_what_lies_before_the_key_frame(clip: Path) -> None:
    assert read(clip, 1.55)[0].index == 10


def test_a_video_can_be_read_twice_and_closed_midway(clip: Path) -> None:
    with Video(str(clip)) as source:
        assert len(list(source)) == len(list(source)) == 25
        frames = iter(source)
        next(frames)
    assert list(frames) == []


@pytest.mark.parametrize(("matrix", "space"), [(1, "bt709"), (5, "bt601")])
@pytest.mark.parametrize("full", [False, True])
def test_colours_follow_the_matrix_and_range_of_the_file(
    write_video: WriteVideo, matrix: int, space: str, full: bool
) -> None:
    y, u, v = 120, 100, 160
    path = write_video(f"{space}.mp4", [_yuv420(y, u, v)], setup=_tag(matrix, full), pixels="yuv420p")
    image = read(path)[0].image
    assert image[24, 32].tolist() == pytest.approx(_expected_bgr(y, u, v, matrix, full), abs=3)


def _yuv420(y: int, u: int, v: int) -> Image:
    planes = np.full((72, 64), y, np.uint8)
    planes[48:60], planes[60:] = u, v
    return planes


def _tag(matrix: int, full: bool) -> Callable[[Any], None]:
    def setup(stream: Any) -> None:
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = 2 if full else 1

    return setup


def _expected_bgr(y: int, u: int, v: int, matrix: int, full: bool) -> list[float]:
    luma, blue, red = float(y), u - 128.0, v - 128.0
    if not full:
        luma, blue, red = (luma - 16) * 255 / 219, blue * 255 / 224, red * 255 / 224
    kr, kb = (0.2126, 0.0722) if matrix == 1 else (0.299, 0.114)
    b, r = luma + 2 * (1 - kb) * blue, luma + 2 * (1 - kr) * red
    return [b, (luma - kr * r - kb * b) / (1 - kr - kb), r]


@pytest.mark.parametrize(("turn", "corner"), [(90, "bottom left"), (180, "bottom right"), (-90, "top right")])
def test_rotation_is_honoured(tmp_path: Path, write_video: WriteVideo, turn: int, corner: str) -> None:
    picture = plain(30)
    picture[:24, :32] = 220  # the top left quarter is bright
    path = write_video("turned.mp4", [picture] * 3, setup=_turned(turn))
    with Video(str(path)) as source:
        image = next(iter(source)).image
        assert (source.info.height, source.info.width) == image.shape[:2]
    assert image.shape == ((48, 64, 3) if turn == 180 else (64, 48, 3))
    height, width = image.shape[0] // 2, image.shape[1] // 2
    quarters = {
        "top right": image[:height, width:],
        "bottom left": image[height:, :width],
        "bottom right": image[height:, width:],
    }
    assert max(quarters, key=lambda name: float(quarters[name].mean())) == corner


@pytest.mark.parametrize(("aspect", "width"), [("2", 128), ("3/4", 48), ("50", 64)])
def test_pixels_that_are_no_squares_are_drawn_out(write_video: WriteVideo, aspect: str, width: int) -> None:
    def setup(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(aspect)

    picture = plain(30)
    picture[:, 32:] = 220  # the right half is bright
    with Video(str(write_video("wide.mp4", [picture] * 3, setup=setup))) as source:
        image = next(iter(source)).image
        assert (source.info.height, source.info.width) == image.shape[:2] == (48, width)
    middle = width // 2
    assert image[:, : middle - 2].mean() < 40
    assert image[:, middle + 2 :].mean() > 210


def _turned(degrees: int) -> Callable[[Any], None]:
    """Tag the track to be shown turned counter-clockwise."""

    def setup(stream: Any) -> None:
        if not hasattr(stream, "set_display_rotation"):
            pytest.skip("this PyAV cannot write the rotation")
        stream.set_display_rotation(degrees)

    return setup


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mkv"])
def test_a_file_cut_short_gives_its_good_frames_then_says_so(write_video: WriteVideo, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 20, (25, 48, 64, 3), np.uint8)
    pictures = [plain(level) + extra for level, extra in zip(LEVELS, noise, strict=True)]
    path = write_video(name, pictures)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    frames, reason = read_partial(path)
    assert 5 < len(frames) < 25
    for frame, picture in zip(frames, pictures, strict=False):
        assert abs(float(frame.image.mean()) - float(picture.mean())) < 4
    assert f"Its {len(frames)} frames up to {frames[-1].time:.2f} s are good" in reason


def test_a_file_cut_between_two_packets_is_told_by_its_index(write_video: WriteVideo) -> None:
    path = write_video("cut.mp4", [plain(level) for level in LEVELS])
    with av.open(str(path)) as container:
        starts = [packet.pos for packet in container.demux(video=0) if packet.size]
    path.write_bytes(path.read_bytes()[: starts[12]])
    frames, reason = read_partial(path)
    assert levels(frames) == list(range(12))
    assert "breaks off at 1.20 s of 2.50 s" in reason


def test_damage_in_the_middle_is_said_at_the_end(write_video: WriteVideo) -> None:
    path = write_video("damaged.mp4", [plain(level) for level in LEVELS])
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    start, size = packets[10]
    data[start : start + size] = b"\xff" * size
    path.write_bytes(data)
    frames, reason = read_partial(path)
    assert levels(frames)[:10] == list(range(10))
    assert levels(frames)[-5:] == list(range(20, 25))
    assert "is damaged" in reason


class _Breaking:
    """A container that breaks off after ``packets`` packets."""

    def __init__(self, container: Any, packets: int) -> None:
        self._container, self._packets = container, packets

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def demux(self) -> Iterator[Any]:
        yield from itertools.islice(self._container.demux(), self._packets)
        raise av.InvalidDataError(1, "Invalid data found")


def test_a_break_while_reading_loses_no_frame_before_it(clip: Path) -> None:
    with Decoder(clip) as decoder:
        decoder._container = _Breaking(decoder._container, 15)
        assert len(list(decoder)) == 15
        assert decoder.damage() is not None


def test_sound_longer_than_the_picture_is_no_damage(make_video: Callable[..., Path], tmp_path: Path) -> None:
    short, long = make_video("short.mp4", frames=5), make_video("long.mp4", frames=40, sound=True)
    path = tmp_path / "joined.mkv"
    with av.open(str(short)) as video, av.open(str(long)) as audio, av.open(str(path), "w") as out:
        tracks = video.streams.video[0], audio.streams.audio[0]
        for source, stream in [(track, out.add_stream_from_template(track)) for track in tracks]:
            for packet in source.container.demux(source):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    assert len(read(path)) == 5


def test_without_its_index_a_file_is_refused(make_video: Callable[..., Path]) -> None:
    path = make_video()  # the index comes last
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceError, match="which may hold the index, is missing"):
        Video(str(path))


def test_a_file_without_a_video_track_says_so(tmp_path: Path) -> None:
    path = tmp_path / "tone.mp4"
    with av.open(str(path), "w") as container:
        tone = container.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(tone.encode(frame))
        container.mux(tone.encode(None))
    with pytest.raises(SourceError, match="no video track, only audio"):
        Video(str(path))


def test_a_track_that_cannot_be_decoded_says_so(write_video: WriteVideo) -> None:
    path = write_video("noise.mp4", [plain(level) for level in LEVELS])
    with av.open(str(path)) as container:
        start = min(packet.pos for packet in container.demux(video=0) if packet.size)
    data = path.read_bytes()
    path.write_bytes(data[:start] + b"\xff" * (len(data) - start))
    with pytest.raises(SourceError, match="no picture in it can be decoded"):
        Video(str(path))


@pytest.mark.parametrize("name", ["note.mp4", "note.txt", "list.m3u8"])
def test_text_and_playlists_are_refused(tmp_path: Path, name: str, clip: Path) -> None:
    path = tmp_path / name
    path.write_text(
        f"#EXTM3U\n#EXTINF:2.5,\n{clip.name}\n#EXT-X-ENDLIST\n" if "m3u8" in name else "text\n" * 99
    )
    with pytest.raises(SourceError, match="not a video that can be read"):
        Video(str(path))


@pytest.mark.parametrize(("target", "reason"), [("absent.mp4", "no such file"), ("", "no such file")])
def test_a_missing_file_says_so(target: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        Video(target)


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(SourceError, match="0 bytes"):
        Video(str(tmp_path / "empty.mp4"))


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")]
)
def test_an_unreadable_file_says_why(clip: Path, monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match=f"(?i){error.strerror}"):
        Video(str(clip))


@pytest.mark.data
def test_real_clips_are_read_whole(data_folder: Path) -> None:
    path = data_folder / "videos" / "one_face_talking.mp4"
    with Video(str(path)) as source:
        assert sum(1 for _ in source) == source.info.frame_count
