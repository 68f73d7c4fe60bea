"""The written video, decoded again."""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mien import palette
from mien.errors import BadOption, PartialSource, SinkError
from mien.labels import FER7
from mien.sinks import annotated_video
from mien.sinks.annotated_video import AnnotatedVideo
from mien.sources.video import Video
from mien.types import Box, Expression, Face, Frame, FrameResult, SourceInfo

LIVE = SourceInfo("cam", "live")


def item(index: int, time: float, width: int = 160, height: int = 120) -> tuple[Frame, FrameResult]:
    expression = Expression(FER7, np.eye(7, dtype=np.float32)[3])
    face = Face(Box(40, 30, 100, 100), 0.9, track_id=1, expression=expression)
    image = np.full((height, width, 3), 60 + index % 100, np.uint8)
    return Frame(image, index, time, "cam"), FrameResult("cam", index, time, width, height, (face,))


def write(path: Path, times: Sequence[float], info: SourceInfo = LIVE, **options: Any) -> Path:
    with AnnotatedVideo(path, **options) as sink:
        sink.begin(info)
        for index, time in enumerate(times):
            sink.write(*item(index, time))
    return path


def times_in(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0)]


def test_codec_pixels_and_order_are_what_browsers_play(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", [index / 25 for index in range(10)])
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 160, 120)
        assert not container.streams.audio
    data = path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_variable_frame_rate_is_kept(tmp_path: Path) -> None:
    gaps = np.random.default_rng(1).uniform(0.005, 0.4, 60)
    times = [0.0, *np.cumsum(gaps).tolist()]
    assert times_in(write(tmp_path / "v.mp4", times)) == pytest.approx(times, abs=0.001)


def test_times_count_from_where_reading_began(tmp_path: Path) -> None:
    info = replace(LIVE, kind="file", start=5.0, rate=10.0)
    path = write(tmp_path / "v.mp4", [5.0, 5.1, 5.2], info)
    assert times_in(path) == pytest.approx([0.0, 0.1, 0.2], abs=0.001)


def test_times_that_stand_still_are_made_to_rise(tmp_path: Path) -> None:
    times = times_in(write(tmp_path / "v.mp4", [0.0, 0.0, 0.0, 0.04]))
    assert len(set(times)) == 4


def test_pictures_become_slides_of_a_second(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", [0.0, 0.0, 0.0], SourceInfo("folder", "pictures"))
    assert times_in(path) == [0.0, 1.0, 2.0]
    with av.open(str(path)) as container:
        assert container.duration == pytest.approx(3_000_000, abs=1000)


def test_the_box_is_in_the_picture_in_its_colour(tmp_path: Path) -> None:
    path = write(
        tmp_path / "v.mp4", [0.0, 0.04], crf=0, colour="#00FF00", bars=False, labels=False, ids=False
    )
    with av.open(str(path)) as container:
        image = next(container.decode(video=0)).to_ndarray(format="bgr24")
    edge = image[50:80, 40:42].reshape(-1, 3).mean(axis=0)
    assert edge == pytest.approx(palette.bgr("#00FF00"), abs=60)
    assert image[60, 70] == pytest.approx([60, 60, 60], abs=4)


@pytest.mark.parametrize(("width", "height"), [(161, 121), (1, 1), (33, 64)])
def test_odd_sizes_grow_to_even_ones(tmp_path: Path, width: int, height: int) -> None:
    with AnnotatedVideo(tmp_path / "v.mp4") as sink:
        sink.begin(LIVE)
        sink.write(*item(0, 0.0, width, height))
    with av.open(str(tmp_path / "v.mp4")) as container:
        image = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert image.shape == (height + height % 2, width + width % 2, 3)
    assert image[-1, -1] == pytest.approx(image[-2, -2], abs=8)  # no dark line where it grew


def test_another_size_is_fitted_into_the_first(tmp_path: Path) -> None:
    with AnnotatedVideo(tmp_path / "v.mp4", boxes=False, bars=False, labels=False, ids=False, crf=0) as sink:
        sink.begin(LIVE)
        sink.write(*item(0, 0.0))
        sink.write(*item(1, 1.0, 60, 120))
    with av.open(str(tmp_path / "v.mp4")) as container:
        last = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)][-1]
    assert last.shape == (120, 160, 3)
    assert last[60, 10] == pytest.approx([0, 0, 0], abs=4)
    assert last[60, 80] == pytest.approx([61, 61, 61], abs=4)


def test_a_second_source_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with AnnotatedVideo(tmp_path / "v.mp4") as sink:
        sink.begin(LIVE)
        sink.write(*item(0, 0.0))
        with pytest.raises(SinkError, match=r"cam.*of its own"):
            sink.begin(SourceInfo("other", "file"))


def test_no_frame_no_file_and_a_word_of_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        write(tmp_path / "v.mp4", [])
    assert list(tmp_path.iterdir()) == []
    assert "no frame" in caplog.text


def test_closing_again_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sink = AnnotatedVideo(tmp_path / "v.mp4")
    sink.begin(LIVE)
    sink.write(*item(0, 0.0))
    sink.close()
    sink.close()
    assert caplog.text == ""


@pytest.mark.parametrize("wrong", [{"preset": "warp"}, {"crf": 60}, {"colour": "red"}])
def test_wrong_options_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=str(next(iter(wrong.values())))):
        AnnotatedVideo(tmp_path / "v.mp4", **wrong)


def test_an_error_in_the_thread_reaches_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, image: Any, seconds: float) -> None:
        raise SinkError("the disk is full")

    monkeypatch.setattr(annotated_video.Encoder, "write", fail)
    with pytest.raises(SinkError, match="the disk is full"):
        write(tmp_path / "v.mp4", [index / 10 for index in range(20)])
    assert list(tmp_path.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name == "mien-encode"]


MakeVideo = Callable[..., Path]


def copied(source: Path, target: Path, start: float = 0.0, end: float | None = None, **options: Any) -> Path:
    """Every frame of ``source`` between ``start`` and ``end``, through the sink."""
    with av.open(str(source)) as container:
        video = container.streams.video[0]
        rate = float(video.average_rate or 25)
        first = float((video.start_time or 0) * video.time_base)
        info = SourceInfo(source.name, "file", source, rate=rate, start=start, end=end)
        with AnnotatedVideo(target, **options) as sink:
            sink.begin(info)
            for index, frame in enumerate(container.decode(video)):
                time = frame.time - first
                if start <= time < (end or 1e9):
                    image = frame.to_ndarray(format="bgr24")
                    height, width = image.shape[:2]
                    sink.write(
                        Frame(image, index, time, source.name), FrameResult("s", index, time, width, height)
                    )
    return target


def sound_of(path: Path) -> tuple[str, float, float, np.ndarray[Any, Any]]:
    """Codec, first time, duration (s) and samples of the sound."""
    with av.open(str(path)) as container:
        track = container.streams.audio[0]
        frames = list(container.decode(track))
        samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        return track.codec.canonical_name, frames[0].time, len(samples) / track.rate, samples


def test_aac_sound_is_copied_untouched(tmp_path: Path, make_video: MakeVideo) -> None:
    source = make_video(sound=True)
    target = copied(source, tmp_path / "out.mp4")
    codec, first, seconds, samples = sound_of(target)
    assert codec == "aac"
    assert first == pytest.approx(0.0, abs=0.03)
    assert seconds == pytest.approx(2.0, abs=0.1)
    assert packets_of(target) <= packets_of(source)
    assert len(packets_of(target)) > 20
    assert np.abs(samples).max() > 0.1


def packets_of(path: Path) -> set[bytes]:
    with av.open(str(path)) as container:
        return {bytes(packet) for packet in container.demux(audio=0) if packet.size}


def test_sound_is_cut_to_the_part_that_is_analysed(tmp_path: Path, make_video: MakeVideo) -> None:
    target = copied(make_video(frames=40, sound=True), tmp_path / "out.mp4", start=1.0, end=2.5)
    _, first, seconds, _ = sound_of(target)
    assert first == pytest.approx(0.0, abs=0.04)
    assert seconds == pytest.approx(1.5, abs=0.1)


def test_sound_can_be_left_out(tmp_path: Path, make_video: MakeVideo) -> None:
    target = copied(make_video(sound=True), tmp_path / "out.mp4", sound=False)
    with av.open(str(target)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("suffix", "codec", "expected"),
    [
        (".mkv", "flac", "aac"),
        (".mkv", "libmp3lame", "mp3"),
        (".ts", "aac", "aac"),
        (".mkv", "pcm_s16le", "aac"),
    ],
)
def test_other_containers_and_codecs_come_out_playable(
    tmp_path: Path, make_video: MakeVideo, suffix: str, codec: str, expected: str
) -> None:
    source = with_sound(make_video(), tmp_path / f"source{suffix}", codec, 22050)
    name, first, seconds, samples = sound_of(copied(source, tmp_path / "out.mp4"))
    assert name == expected
    assert first == pytest.approx(0.0, abs=0.08)
    assert seconds == pytest.approx(2.0, abs=0.15)
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    assert np.abs(middle).max() > 0.1


def test_reencoded_sound_is_cut_too(tmp_path: Path, make_video: MakeVideo) -> None:
    source = with_sound(make_video(frames=40), tmp_path / "source.mkv", "pcm_s16le", 44100, seconds=4.0)
    _, first, seconds, _ = sound_of(copied(source, tmp_path / "out.mp4", start=1.0, end=2.0))
    assert first == pytest.approx(0.0, abs=0.05)
    assert seconds == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("codec", ["aac", "mp2"])
def test_joined_recordings_keep_their_sound(tmp_path: Path, make_video: MakeVideo, codec: str) -> None:
    """Two recordings in one file, as many cameras leave them: time begins anew in its middle."""
    once = with_sound(make_video(), tmp_path / "once.ts", codec, 44100)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(once.read_bytes() * 2)
    target = tmp_path / "out.mp4"
    with Video(str(joined)) as source, AnnotatedVideo(target) as sink:
        sink.begin(source.info)
        with contextlib.suppress(PartialSource):  # the seam may count as damage
            for frame in source:
                sink.write(frame, FrameResult("s", frame.index, frame.time, 320, 240))
    assert times_in(target)[-1] == pytest.approx(3.9, abs=0.15)
    _, first, seconds, _ = sound_of(target)
    assert first == pytest.approx(0.0, abs=0.08)
    assert seconds == pytest.approx(4.0, abs=0.2)


def test_sound_goes_on_behind_a_packet_that_a_seek_cut(tmp_path: Path, make_video: MakeVideo) -> None:
    source = tmp_path / "source.mpg"
    with av.open(str(make_video(frames=40))) as drift, av.open(str(tmp_path / "plain.mpg"), "w") as plain:
        stream = plain.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for index, frame in enumerate(drift.decode(video=0)):
            for at in range(index * 5 // 2, (index + 1) * 5 // 2):
                frame.pts, frame.time_base = at, Fraction(1, 25)
                plain.mux(stream.encode(frame))
        plain.mux(stream.encode(None))
    with_sound(tmp_path / "plain.mpg", source, "mp2", 44100, seconds=4.0)
    _, first, seconds, _ = sound_of(copied(source, tmp_path / "out.mp4", start=1.2, end=2.2))
    assert first == pytest.approx(0.0, abs=0.06)
    assert seconds == pytest.approx(1.0, abs=0.1)


def test_sound_that_cannot_be_read_is_left_out_with_a_warning(
    tmp_path: Path, make_video: MakeVideo, caplog: pytest.LogCaptureFixture
) -> None:
    gone = replace(LIVE, kind="file", path=tmp_path / "gone.mp4")
    path = write(tmp_path / "v.mp4", [0.0, 0.1], gone)
    assert len(times_in(path)) == 2
    assert "sound" in caplog.text


def with_sound(video: Path, target: Path, codec: str, rate: int, seconds: float = 2.0) -> Path:
    """``video`` in another container, with a tone in ``codec``."""
    with av.open(str(video)) as source, av.open(str(target), "w") as output:
        picture = output.add_stream_from_template(source.streams.video[0])
        tone = output.add_stream(codec, rate=rate, layout="mono")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = picture
                output.mux(packet)
        resampler = av.AudioResampler(tone.codec_context.format, "mono", rate, frame_size=1024)
        samples = (np.sin(np.arange(int(rate * seconds)) * 2 * np.pi * 440 / rate) * 0.4).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples[None], "fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(tone.encode(piece))
        output.mux(tone.encode(None))
    return target


@pytest.mark.data
def test_a_real_video_keeps_its_times_and_sound(data_folder: Path, tmp_path: Path) -> None:
    source = data_folder / "videos" / "one_face.mp4"  # its sound is MP3
    target = copied(source, tmp_path / "out.mp4")
    assert times_in(target) == pytest.approx(times_in(source), abs=0.001)
    assert sound_of(target)[0] == "mp3"
