import threading
from pathlib import Path
from typing import Any

import pytest
from web_fakes import RED, picture

from mien import registry
from mien.errors import SinkError
from mien.sinks.base import Sink
from mien.types import Box, Face, Frame, FrameResult, SourceInfo
from mien.web import recordings
from mien.web.recordings import Recorder, SinkThread

FRAME = Frame(picture((20, 30, RED)))
RESULT = FrameResult("camera", 5, 9.0, 320, 240, (Face(Box(20, 30, 80, 90), 0.9),))


class Memory(Sink):
    """Keeps what it is given; writes wait for ``gate`` and fail where ``error`` is set."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.infos: list[SourceInfo] = []
        self.items: list[tuple[Frame, FrameResult]] = []
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.discarded: bool | None = None

    def begin(self, info: SourceInfo) -> None:
        self.infos.append(info)

    def write(self, frame: Frame, result: FrameResult) -> None:
        self.entered.set()
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        self.items.append((frame, result))

    def close(self, *, discard: bool = False) -> None:
        if self.discarded is None:
            self.discarded = discard
            if self.path is not None and not discard:
                self.path.write_text("written", "utf-8")


def test_what_is_offered_is_written_in_another_thread() -> None:
    sink = Memory()
    thread = SinkThread(sink, 4)
    assert thread.offer(FRAME, RESULT)
    thread.close()
    assert [result for _, result in sink.items] == [RESULT]
    assert (sink.infos[0].kind, sink.infos[0].width, sink.infos[0].height) == ("live", 320, 240)
    assert sink.discarded is False
    assert thread.error is None


def test_a_slow_sink_delays_nobody() -> None:
    sink = Memory()
    sink.gate.clear()
    thread = SinkThread(sink, 2)
    thread.offer(FRAME, RESULT)
    assert sink.entered.wait(10)  # the first is being written: the queue is empty again
    assert [thread.offer(FRAME, RESULT) for _ in range(4)] == [True, True, False, False]
    sink.gate.set()
    thread.close()
    assert len(sink.items) == 3


@pytest.mark.parametrize(
    ("error", "reason"), [(SinkError("The disk is full."), "disk is full"), (ValueError("x"), "ValueError")]
)
def test_a_failing_sink_ends_the_recording_and_nothing_else(error: Exception, reason: str) -> None:
    sink = Memory()
    sink.error = error
    thread = SinkThread(sink, 2)
    for _ in range(20):
        thread.offer(FRAME, RESULT)
    thread.close()
    assert reason in (thread.error or "")
    assert sink.discarded is True


@pytest.mark.parametrize("frames", [0, 3])
def test_discarding_leaves_nothing(frames: int) -> None:
    sink = Memory()
    thread = SinkThread(sink, 4)
    for _ in range(frames):
        thread.offer(FRAME, RESULT)
    thread.close(discard=True)
    assert sink.discarded is True


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Memory]:
    """The sinks that a recorder opened, by name."""
    opened: dict[str, Memory] = {}

    def load(family: str, name: str, **options: Any) -> Memory:
        assert family == "sinks"
        opened[name] = Memory(options["path"])
        return opened[name]

    monkeypatch.setattr(registry, "load", load)
    return opened


def test_a_recording_starts_at_zero(sinks: dict[str, Memory], tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "camera", video=True)
    for seconds in (9.0, 9.25):
        recorder.add(FRAME, FrameResult("x", 5, seconds, 320, 240, RESULT.faces))
    done = recorder.finish()
    assert (done.rows, done.dropped, done.error) == (2, 0, None)
    assert done.id == tmp_path.name
    for sink in sinks.values():
        assert [(result.index, result.time) for _, result in sink.items] == [(0, 0.0), (1, 0.25)]
    assert sinks["annotated_video"].items[0][0].image is FRAME.image
    assert sinks["table_csv"].items[0][0].image.size < 10, "a table that waits holds no pictures"


def test_time_goes_on_where_another_stream_begins(sinks: dict[str, Memory], tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "camera", video=False)

    def add(*times: float) -> None:
        for seconds in times:
            recorder.add(FRAME, FrameResult("x", 5, seconds, 320, 240, RESULT.faces))

    add(50.0, 50.5)
    add(0.0, 0.25)  # its clock says so
    recorder.renew()
    add(900.0, 901.0)
    recorder.finish()
    assert [result.time for _, result in sinks["table_csv"].items] == [0.0, 0.5, 1.0, 1.25, 1.5, 2.5]


def test_a_stream_that_begins_after_one_row_comes_later(sinks: dict[str, Memory], tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "camera", video=False)
    for seconds in (50.0, 0.0):
        recorder.add(FRAME, FrameResult("x", 5, seconds, 320, 240, RESULT.faces))
    recorder.finish()
    first, second = (result.time for _, result in sinks["table_csv"].items)
    assert first == 0 < second


def test_a_video_that_fails_leaves_the_table(sinks: dict[str, Memory], tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "camera", video=True)
    sinks["annotated_video"].error = SinkError("No encoder.")
    recorder.add(FRAME, RESULT)
    done = recorder.finish()
    assert (done.video, done.error) == (None, "No encoder.")
    assert done.table.is_file()


def test_frames_that_the_video_cannot_take_are_counted(
    sinks: dict[str, Memory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "_PICTURES_AHEAD", 1)
    recorder = Recorder(tmp_path, "camera", video=True)
    video = sinks["annotated_video"]
    video.gate.clear()
    recorder.add(FRAME, RESULT)
    assert video.entered.wait(10)
    for _ in range(3):
        recorder.add(FRAME, RESULT)
    video.gate.set()
    done = recorder.finish()
    assert (done.rows, done.dropped) == (4, 2)
    assert len(sinks["table_csv"].items) == 4


def test_without_a_table_there_is_no_recording(sinks: dict[str, Memory], tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "camera", video=False)
    sinks["table_csv"].error = SinkError("The disk is full.")
    recorder.add(FRAME, RESULT)
    with pytest.raises(SinkError, match="disk is full"):
        recorder.finish()
