"""The classifiers' report as Plotly figures: reliability, ROC, figures by label (extra ``report``)."""

from typing import Any

from mien import palette
from mien.drawing.charts import Figure
from mien.evaluation import learning_curves

Row = dict[str, Any]
_DASHES = ("solid", "dash", "dot", "dashdot")
_PARTS = (("train", "learning", "#8a8f98", "dash"), ("val", "validation", palette.ACCENT, "solid"))
_PATTERNS = ("", "/", ".", "x", "\\")


def reliability(row: Row) -> Figure:
    """The share right in each bin of confidence, darker where there are more pictures."""
    bins = row["reliability"]["width"]
    edges, heaviest = bins["edges"], max(*bins["count"], 1)
    filled = [place for place, count in enumerate(bins["count"]) if count]
    bars = {
        "type": "bar",
        "x": [round((edges[place] + edges[place + 1]) / 2, 4) for place in filled],
        "y": [round(bins["accuracy"][place], 4) for place in filled],
        "width": edges[1] - edges[0],
        "marker": {
            "color": palette.ACCENT,
            "opacity": [round(0.25 + 0.75 * bins["count"][place] / heaviest, 3) for place in filled],
        },
        "customdata": [[bins["confidence"][place], bins["count"][place]] for place in filled],
        "hovertemplate": "confidence %{customdata[0]:.3f}<br>right %{y:.3f}<br>"
        "%{customdata[1]} pictures<extra></extra>",
    }
    return {"data": [bars, _diagonal()], "layout": _square("confidence", "share right")}


def roc(row: Row) -> Figure:
    """A curve for each label against the rest."""
    lines = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": label,
            "x": row["roc"][label]["false"],
            "y": row["roc"][label]["true"],
            "line": {"color": palette.colour(label), "width": 2, "dash": _DASHES[place % len(_DASHES)]},
            "hovertemplate": f"{label}: %{{y:.3f}} found at %{{x:.3f}} false<extra></extra>",
        }
        for place, label in enumerate(row["labels"])
    ]
    return {"data": [*lines, _diagonal()], "layout": _square("false positives", "true positives")}


def learning(curves: learning_curves.Curves, kind: str) -> Figure:
    """``kind`` (accuracy or loss) by epoch: learning dashed, validation solid."""
    epochs = [epoch for epoch in curves["epoch"] if epoch is not None]
    lines = [
        {
            "type": "scatter",
            "mode": "lines" if len(epochs) > 1 else "markers",  # no line has one point
            "name": words,
            "x": curves["epoch"],
            "y": curves[f"{part}_{kind}"],
            "line": {"color": colour, "width": 2, "dash": dash},
            "hovertemplate": f"{words} %{{y:.3f}}<br>epoch %{{x}}<extra></extra>",
        }
        for part, words, colour, dash in _PARTS
        if f"{part}_{kind}" in curves
    ]
    layout = _layout(260)
    around = [min(epochs) - 0.5, max(epochs) + 0.5]  # stated, since the page draws no chart without it
    layout["xaxis"] = {"range": around, "title": {"text": "epoch"}, "nticks": 8, "fixedrange": True}
    layout["yaxis"] = {"title": {"text": kind}, "nticks": 6, "fixedrange": True}
    return {"data": lines, "layout": layout}


def labels(rows: dict[str, Row], key: str) -> Figure:
    """``key`` (precision, recall or f1) of every label, a bar for each classifier, with 95 % intervals.

    Where a figure is not defined, these words stand in the bar's place.
    """
    bars = [_bars(name, row, key, place) for place, (name, row) in enumerate(rows.items())]
    first = next(iter(rows.values()))["labels"]
    layout = _layout(260)
    layout["barmode"], layout["bargap"] = "group", 0.25
    layout["xaxis"] = {"range": [-0.5, len(first) - 0.5], "type": "category", "fixedrange": True}
    layout["yaxis"] = {"range": [0, 1], "nticks": 6, "fixedrange": True}
    width = (1 - layout["bargap"]) / len(rows)
    layout["annotations"] = [
        _undefined(column + (place - (len(rows) - 1) / 2) * width)
        for place, row in enumerate(rows.values())
        for column, value in enumerate(row[key])
        if value is None
    ]
    return {"data": bars, "layout": layout}


def _undefined(x: float) -> Figure:
    """Said at ``x``, counted in labels from 0: an absent bar would look like one of height 0."""
    font = {"size": 11, "color": "#7b808c"}
    place = {"x": round(x, 4), "y": 0.02, "yanchor": "bottom", "textangle": -90, "showarrow": False}
    return {"text": "not defined", "font": font, **place}


def _bars(name: str, row: Row, key: str, place: int) -> Figure:
    bars: Figure = {
        "type": "bar",
        "name": name,
        "x": row["labels"],
        "y": row[key],
        "marker": {
            "color": [palette.colour(label) for label in row["labels"]],
            "pattern": {"shape": _PATTERNS[place % len(_PATTERNS)], "fgcolor": "#ffffff", "size": 6},
        },
        "hovertemplate": f"{name}<br>%{{x}} %{{y:.3f}}<extra></extra>",
    }
    if key in row["intervals"]:
        ends = list(zip(row[key], row["intervals"][key], strict=True))
        bars["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [_way(high, value) for value, (_, high) in ends],
            "arrayminus": [_way(value, low) for value, (low, _) in ends],
            "color": "#7b808c",
            "thickness": 1.5,
            "width": 4,
        }
    return bars


def _way(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(round(high - low, 4), 0.0)


def _diagonal() -> Figure:
    line = {"color": "#7b808c", "width": 1, "dash": "dot"}
    return {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "line": line, "hoverinfo": "skip"}


def _square(below: str, beside: str) -> Figure:
    layout = _layout(340)
    layout["xaxis"] = {"range": [0, 1], "title": {"text": below}, "nticks": 6, "fixedrange": True}
    layout["yaxis"] = {"range": [0, 1.01], "title": {"text": beside}, "nticks": 6, "fixedrange": True}
    return layout


def _layout(height: int) -> Figure:
    return {
        "height": height,
        "margin": {"l": 48, "r": 8, "t": 8, "b": 40},
        "showlegend": False,
        "bargap": 0.02,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
