"""What every sink keeps to, whatever it writes."""

import inspect
import os
import secrets
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mien import registry
from mien.errors import SinkError
from mien.labels import FER7
from mien.sinks.base import Sink
from mien.types import Box, Expression, Face, Frame, FrameResult, SourceInfo

SUFFIXES = {
    "annotated_pictures": ".jpg",
    "annotated_video": ".mp4",
    "json_lines": ".jsonl",
    "report": ".html",
    "table_csv": ".csv",
    "table_parquet": ".parquet",
}
"""Sinks that write to a file, and what it is called."""
INFO = SourceInfo("test", "live")


@pytest.fixture(params=sorted(SUFFIXES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Größe 表情"
    made.mkdir()
    return made


@pytest.fixture
def target(folder: Path, name: str) -> Path:
    return folder / f"ausgabe ñ{SUFFIXES[name]}"


def item(index: int = 0) -> tuple[Frame, FrameResult]:
    expression = Expression(FER7, np.array([0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1], np.float32))
    face = Face(Box(10, 10, 40, 50), 0.9, track_id=1, expression=expression)
    frame = Frame(np.full((64, 80, 3), 90, np.uint8), index, index / 10, "test")
    return frame, FrameResult("test", index, frame.time, 80, 64, (face,), {"detect": 1.0})


def load(name: str, path: Path) -> Sink:
    sink: Sink = registry.load("sinks", name, path=str(path))
    return sink


def run(name: str, path: Path, error: Exception | None = None) -> None:
    """Three frames through the sink, then ``error``, where there is one."""
    with load(name, path) as sink:
        sink.begin(INFO)
        for index in range(1 if path.suffix == ".jpg" else 3):
            sink.write(*item(index))
        if error is not None:
            raise error


def test_every_sink_has_its_place_here() -> None:
    assert set(registry.names("sinks")) - {"websocket", "webhook"} == set(SUFFIXES)


def test_the_first_argument_is_the_path(name: str) -> None:
    parameters = list(inspect.signature(registry.find("sinks", name)).parameters)
    assert parameters[0] == "path"


def test_a_name_that_is_no_utf8_does_not_cost_the_run(name: str, target: Path) -> None:
    source = "caf\udce9.mp4"  # what Python makes of the bytes "caf\xe9.mp4"
    frame, result = item()
    with load(name, target) as sink:
        sink.begin(SourceInfo(source, "live"))
        sink.write(replace(frame, source=source), replace(result, source=source))
    written = target.read_bytes()
    if not name.startswith("annotated"):
        assert rb"caf\udce9" in written


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_device_is_not_replaced(name: str, target: Path) -> None:
    os.mkfifo(target)
    with pytest.raises(SinkError, match="device or a pipe"):
        run(name, target)
    assert target.is_fifo()


def test_a_clean_end_leaves_the_output_alone_in_its_folder(name: str, target: Path) -> None:
    run(name, target)
    assert target.stat().st_size > 0
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_nothing(name: str, target: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        run(name, target, ZeroDivisionError())
    assert list(target.parent.iterdir()) == []


def test_an_error_leaves_an_older_output_as_it_was(name: str, target: Path) -> None:
    target.write_text("old")
    with pytest.raises(ZeroDivisionError):
        run(name, target, ZeroDivisionError())
    assert target.read_text() == "old"
    run(name, target)
    assert target.read_bytes() != b"old"


def test_close_may_be_called_twice(name: str, target: Path) -> None:
    sink = load(name, target)
    sink.begin(INFO)
    sink.write(*item())
    sink.close()
    written = target.read_bytes()
    sink.close()
    sink.close(discard=True)
    assert target.read_bytes() == written


def test_without_a_source_nothing_is_written(name: str, target: Path) -> None:
    with load(name, target):
        pass
    assert list(target.parent.iterdir()) == []


def test_a_missing_folder_is_said_before_any_work(name: str, target: Path) -> None:
    missing = target.parent / "none" / target.name
    with pytest.raises(SinkError, match=r"none.*Create it first"):
        load(name, missing)


def test_a_folder_in_the_place_of_the_file_is_said(name: str, target: Path) -> None:
    target.mkdir()
    with pytest.raises(SinkError, match="folder"):
        load(name, target)


def test_the_picture_is_not_changed(name: str, target: Path) -> None:
    frame, result = item()
    before = frame.image.copy()
    with load(name, target) as sink:
        sink.begin(INFO)
        sink.write(frame, result)
    assert np.array_equal(frame.image, before)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_said_and_leaves_nothing(
    name: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda count: "full")
    (target.parent / f".full.{target.name}.part").symlink_to("/dev/full")
    with pytest.raises(SinkError, match="free space"):
        run(name, target)
    assert list(target.parent.iterdir()) == []
