"""Plotly figures, as the plain objects that Plotly's JavaScript draws.

Colours of text and grid are left to the page, which knows whether the reader's setting is light or dark.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mien import palette
from mien.drawing.bars import ordered
from mien.errors import MissingExtra

try:
    from plotly.offline import get_plotlyjs
except ImportError as error:
    raise MissingExtra("Drawing charts", "report") from error

Figure = dict[str, Any]
UNSURE = "unsure"
_MIDNIGHT = 946_684_800_000
"""The start of the year 2000: Plotly takes smaller numbers for years."""


class Line(NamedTuple):
    """A line over time: seconds and values, None where it is interrupted."""

    times: Sequence[float | None]
    values: Sequence[float | None]


class Span(NamedTuple):
    """From ``start`` to ``end``, in seconds, one expression."""

    start: float
    end: float
    label: str


def timeline(lines: Mapping[str, Line], strip: Sequence[Span], span: tuple[float, float]) -> Figure:
    """One person over time: a line per expression, above them a strip of the leading one.

    ``span`` is the range of the time axis, in seconds. Plotly writes minutes and seconds on axes of dates
    alone, so times are milliseconds after an arbitrary midnight.
    """
    traces = [_line(label, lines[label]) for label in ordered(tuple(lines))]
    found = tuple(dict.fromkeys(part.label for part in strip))
    named = ordered(tuple(label for label in found if label != UNSURE))
    strips = [_strip(label, strip) for label in (*named, *((UNSURE,) if UNSURE in found else ()))]
    return {"data": traces + strips, "layout": _layout(span)}


def as_json(figure: Figure) -> str:
    """``figure`` as JSON that can stand inside a ``<script>`` element."""
    return json.dumps(figure, separators=(",", ":")).replace("<", "\\u003c")


def library() -> str:
    """Plotly's JavaScript, out of its Python package: pages work offline."""
    return str(get_plotlyjs())


def _line(label: str, line: Line) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": [None if time is None else _ms(time) for time in line.times],
        "y": [None if value is None else round(value * 100, 1) for value in line.values],
        "line": {"color": palette.colour(label), "width": 2},
        "hovertemplate": "%{y:.0f} %",
    }


def _strip(label: str, strip: Sequence[Span]) -> Figure:
    parts = [part for part in strip if part.label == label]
    unsure = label == UNSURE
    pattern = {"shape": "/", "fgcolor": palette.UNSURE, "bgcolor": "rgba(0,0,0,0)", "size": 6}
    return {
        "type": "bar",
        "orientation": "h",
        "name": label,
        "base": [_ms(part.start) for part in parts],
        "x": [max(_ms(part.end) - _ms(part.start), 1) for part in parts],
        "y": [0] * len(parts),
        "width": 1,
        "yaxis": "y2",
        "text": "" if unsure else label,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "insidetextfont": {"color": _text_on(palette.colour(label))},
        "constraintext": "inside",
        "marker": {"color": palette.colour(label), **({"pattern": pattern} if unsure else {})},
        "hoverinfo": "skip",
    }


def _layout(span: tuple[float, float]) -> Figure:
    minutes = "%-H:%M" if span[1] >= 3600 else "%-M"
    return {
        "height": 232,
        "margin": {"l": 40, "r": 8, "t": 4, "b": 28},
        "showlegend": False,
        "hovermode": "x unified",
        "barmode": "overlay",
        "bargap": 0,
        "uniformtext": {"mode": "hide", "minsize": 11},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": "zoom",
        "xaxis": {
            "type": "date",
            "range": [_ms(span[0]), _ms(max(span[1], span[0] + 0.1))],
            "tickformatstops": [
                {"dtickrange": [None, 999], "value": f"{minutes}:%S.%1f"},
                {"dtickrange": [1000, None], "value": f"{minutes}:%S"},
            ],
            "hoverformat": f"{minutes}:%S.%2f",
            "nticks": 8,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": "rgba(0,0,0,0)",
            "anchor": "y",
        },
        "yaxis": {
            "range": [0, 102],
            "domain": [0, 0.84],
            "ticksuffix": " %",
            "nticks": 5,
            "fixedrange": True,
        },
        "yaxis2": {"domain": [0.89, 1], "range": [-0.5, 0.5], "visible": False, "fixedrange": True},
    }


def _text_on(colour: str) -> str:
    """Black or white, whichever stands out more on ``colour`` (relative luminance of WCAG 2)."""
    linear = [((part / 255 + 0.055) / 1.055) ** 2.4 for part in palette.bgr(colour)]
    luminance = 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]
    return "#ffffff" if luminance < 0.179 else "#111111"


def _ms(seconds: float) -> int:
    return _MIDNIGHT + round(seconds * 1000)
