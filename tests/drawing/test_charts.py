"""Figures that Plotly accepts, and that can stand inside a page."""

import json

import pytest

from mien import palette
from mien.labels import FER7

plotly = pytest.importorskip("plotly.graph_objects")
from mien.drawing import charts  # noqa: E402 - its import needs Plotly


def figure() -> charts.Figure:
    lines = {label: charts.Line([0.0, 1.0, None, 5.0], [0.1, 0.2, None, 0.3]) for label in reversed(FER7)}
    strip = [charts.Span(0.0, 1.0, "sad"), charts.Span(5.0, 5.5, charts.UNSURE)]
    return charts.timeline(lines, strip, (0.0, 6.0))


def test_plotly_accepts_the_figure() -> None:
    assert len(plotly.Figure(figure()).data) == 9  # raises ValueError for a property that it does not know


def test_lines_come_in_the_fixed_order_in_their_colours() -> None:
    lines = [trace for trace in figure()["data"] if trace["type"] == "scatter"]
    assert [trace["name"] for trace in lines] == list(FER7)
    assert [trace["line"]["color"] for trace in lines] == list(palette.COLOURS.values())
    assert lines[0]["y"] == [10.0, 20.0, None, 30.0]
    start = lines[0]["x"][0]
    assert [x if x is None else x - start for x in lines[0]["x"]] == [0, 1000, None, 5000]


def test_the_strip_says_its_word_unless_unsure_which_is_hatched() -> None:
    sad, unsure = (trace for trace in figure()["data"] if trace["type"] == "bar")
    assert (sad["name"], sad["text"], sad["x"]) == ("sad", "sad", [1000])
    assert "pattern" in unsure["marker"]
    assert "pattern" not in sad["marker"]


def test_words_on_the_strip_stand_out() -> None:
    fonts = {
        label: charts.timeline({}, [charts.Span(0, 1, label)], (0, 1))["data"][0]["insidetextfont"]["color"]
        for label in FER7
    }
    assert fonts["sad"] == "#ffffff"
    assert fonts["happy"] == "#111111"


def test_json_cannot_end_the_script_it_stands_in() -> None:
    text = charts.as_json({"data": ["</script>"], "layout": {}})
    assert "<" not in text
    assert json.loads(text)["data"] == ["</script>"]


def test_the_library_comes_out_of_the_package() -> None:
    assert "plotly.js" in charts.library()[:500]
