"""What the report says, how large it grows, and that a browser shows it without a network."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("plotly")
from mien.labels import FER7
from mien.sinks._people import Account
from mien.sinks._sections import clock, section
from mien.sinks.report import Report
from mien.types import Box, Expression, Face, Frame, FrameResult, SourceInfo

IMAGE = np.full((72, 96, 3), 120, np.uint8)
FILE = SourceInfo("clip <1>.mp4", "file", Path("secret folder/clip <1>.mp4"), duration=10.0)


def face(track: int | None, label: str = "happy", *, unsure: bool = False, size: float = 30) -> Face:
    probabilities = np.full(7, 0.05, np.float32)
    probabilities[FER7.index(label)] = 0.7
    return Face(
        Box(10, 10, 10 + size, 12 + size),
        0.9,
        track_id=track,
        expression=Expression(FER7, probabilities, unsure),
    )


def item(time: float, *faces: Face, source: str = "s") -> tuple[Frame, FrameResult]:
    frame = Frame(IMAGE, round(time * 10), time, source)
    return frame, FrameResult(source, frame.index, time, 96, 72, faces, {"detect": 2.0})


def html_of(account: Account) -> str:
    return "".join(section(account, "g"))


def test_a_source_with_two_people(tmp_path: Path) -> None:
    with Report(tmp_path / "r.html") as report:
        report.begin(FILE)
        for index in range(40):
            faces = [face(1, "happy" if index < 30 else "sad")] + (
                [face(2, unsure=True)] if index < 5 else []
            )
            report.write(*item(index / 10, *faces))
        report.facts = {
            "models": {"mini.onnx": "abc"},
            "every": 1,
            "formats": ["csv"],
            "end": None,
            "none": [],
        }
        report.notices = ["It <broke> off."]
    page = (tmp_path / "r.html").read_text("utf-8")
    for words in (
        "Person 1",
        "Person 2",
        "clip &lt;1&gt;.mp4",
        "4.0 of 10.0 s",
        "mini.onnx abc",
        "It &lt;broke&gt; off.",
    ):
        assert words in page
    assert "secret folder" not in page
    assert "width:75.0%" in page
    assert page.count("data:image/jpeg") == 2
    assert page.count('class="chart"') == 2


def test_faces_can_be_left_out(tmp_path: Path) -> None:
    with Report(tmp_path / "r.html", thumbnails=False) as report:
        report.begin(FILE)
        report.write(*item(0.0, face(1)))
    assert "<img" not in (tmp_path / "r.html").read_text("utf-8")


def test_every_source_gets_a_section(tmp_path: Path) -> None:
    with Report(tmp_path / "r.html") as report:
        for name in ("first", "second"):
            report.begin(SourceInfo(name, "live"))
            report.write(*item(0.0, face(1)))
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "<title>2 sources: expressions</title>" in page
    assert page.index("<h2>first</h2>") < page.index("<h2>second</h2>")
    assert 'data-group="source-1"' in page
    assert 'data-group="source-2"' in page


def test_nobody_and_nothing_are_said() -> None:
    empty = Account(FILE, thumbnails=True)
    assert "gave no frame" in html_of(empty)
    nobody = Account(FILE, thumbnails=True)
    nobody.add(*item(0.0))
    assert "No face was seen" in html_of(nobody)
    pictures = Account(SourceInfo("p", "pictures"), thumbnails=True)
    pictures.add(*item(0.0))
    assert "No face was found" in html_of(pictures)


def test_pictures_list_their_faces() -> None:
    account = Account(SourceInfo("p", "pictures"), thumbnails=True)
    account.add(*item(0.0, face(None), face(None, unsure=True), source="a/b/one.jpg"))
    account.add(*item(0.0, Face(Box(1, 1, 9, 9), 0.5), source="two.jpg"))
    words = html_of(account)
    assert "happy 70 %" in words
    assert ">unsure<" in words
    assert "one.jpg" in words
    assert "a/b" not in words
    assert "not read" in words


def test_a_great_many_pictures_and_people_stay_small() -> None:
    pictures = Account(SourceInfo("p", "pictures"), thumbnails=True)
    for _ in range(210):
        pictures.add(*item(0.0, face(None)))
    assert "The first 200 of 210 faces" in html_of(pictures)
    crowd = Account(FILE, thumbnails=True)
    for index in range(200):
        crowd.add(*item(index * 6.0, face(index + 1)))
    assert len(crowd.people) <= 64
    words = html_of(crowd)
    assert words.count('class="chart"') == 24
    assert "176 more" in words


def test_an_hour_makes_a_small_section() -> None:
    account = Account(FILE, thumbnails=True)
    rng = np.random.default_rng(0)
    for index in range(0, 36_000, 2):
        probabilities = rng.dirichlet(np.ones(7)).astype(np.float32)
        account.add(
            *item(
                index / 10, Face(Box(1, 1, 9, 9), 0.5, track_id=1, expression=Expression(FER7, probabilities))
            )
        )
    assert len(html_of(account)) < 400_000


@pytest.mark.parametrize(("seconds", "words"), [(9, "0:09"), (750, "12:30"), (3750, "1:02:30")])
def test_clock(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_without_plotly_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from mien.errors import MissingExtra

    for module in [name for name in sys.modules if name in {"mien.drawing.charts", "mien.sinks.report"}]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(MissingExtra, match="mien\\[report\\]"):
        __import__("mien.drawing.charts")


@pytest.fixture
def browser() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on the path")
    with sync.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
def test_a_browser_draws_it_and_asks_nobody(tmp_path: Path, browser: Any) -> None:
    with Report(tmp_path / "r.html") as report:
        report.begin(FILE)
        for index in range(30):
            report.write(*item(index / 10, face(1), face(2, "sad", unsure=index < 9)))
    asked: list[str] = []
    errors: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "r.html").as_uri())
    page.wait_for_function(
        "charts.length === 2 && charts.every(chart => chart.whole && chart.layout?.font?.color)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    # Zooming one chart zooms the other, and back.
    page.evaluate(
        "Plotly.relayout(charts[0], {'xaxis.range': ['2000-01-01 00:00:01', '2000-01-01 00:00:02']})"
    )
    page.wait_for_function("String(charts[1].layout.xaxis.range[0]).includes('00:01')")
    page.evaluate("Plotly.relayout(charts[0], {'xaxis.autorange': true})")
    page.wait_for_function("!String(charts[1].layout.xaxis.range[0]).includes('00:01')")
    light = page.evaluate("charts[0].layout.font.color")
    page.emulate_media(color_scheme="light")
    page.wait_for_function("color => charts[0].layout.font.color !== color", arg=light)
    assert errors == []
