import io

import numpy as np
import pytest
from rich.console import Console

from mien.cli._live_table import LiveTable, Rate, view
from mien.labels import FER7
from mien.types import Box, Expression, Face, Frame, FrameResult, SourceInfo

FRAME = Frame(np.zeros((4, 4, 3), np.uint8))


def _face(track: int | None, label: str, share: float = 0.7, size: float = 10, unsure: bool = False) -> Face:
    probabilities = np.full(7, (1 - share) / 6, np.float32)
    probabilities[FER7.index(label)] = share
    return Face(
        Box(0, 0, size, size), 0.9, track_id=track, expression=Expression(FER7, probabilities, unsure)
    )


def _result(*faces: Face) -> FrameResult:
    return FrameResult("cam", 7, 1.5, 64, 48, faces, {"detect": 5.04})


def _text(result: FrameResult, width: int = 100, rate: float = 25.0) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(view(result, rate, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_expressions_keep_their_order() -> None:
    lines = _text(_result(_face(1, "sad"))).splitlines()
    assert [line.split()[0] for line in lines[2:9]] == list(FER7)
    assert "#1 sad" in lines[1]
    assert lines[6].split()[1:] == ["███████", "70"]
    assert "25 frames/s  ms: detect 5.0" in lines[9]


@pytest.mark.parametrize(
    ("share", "bar"), [(0.0, ""), (0.0125, "▏"), (0.05, "▌"), (0.0875, "▉"), (0.125, "█▎"), (1.0, "█" * 10)]
)
def test_bars_are_drawn_in_eighths(share: float, bar: str) -> None:
    line = next(
        line for line in _text(_result(_face(1, "fear", share))).splitlines() if line.startswith("fear")
    )
    assert line[len("surprise") :].strip().rpartition(" ")[0].strip() == bar


def test_as_many_faces_as_fit_in_the_order_of_their_numbers() -> None:
    faces = [_face(3, "sad", size=30), _face(1, "happy", size=20), _face(2, "fear", size=10)]
    text = _text(_result(*faces), width=50)
    assert text.index("#1 happy") < text.index("#3 sad")
    assert "#2" not in text
    assert "and 1 more" in text


def test_an_uncertain_face_is_not_named() -> None:
    assert "#1 unsure" in _text(_result(_face(1, "sad", unsure=True)))
    assert "not read" in _text(_result(Face(Box(0, 0, 1, 1), 0.9)))


def test_nobody_is_said() -> None:
    assert "No face in sight." in _text(_result(), rate=0.0)


def test_the_last_frame_stays() -> None:
    console = Console(file=io.StringIO(), width=80)
    with LiveTable(console) as table:
        table.begin(SourceInfo("cam", "live"))
        table.write(FRAME, _result())
        table.write(FRAME, _result(_face(2, "happy")))
    assert isinstance(console.file, io.StringIO)
    assert "#2 happy" in console.file.getvalue()


def test_the_rate_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, *(1.0 + index / 20 for index in range(100))])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    rate = Rate()
    for _ in range(101):
        rate.tick()
    assert rate.value == pytest.approx(20, rel=0.05)
