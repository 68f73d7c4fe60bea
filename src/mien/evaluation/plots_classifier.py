"""The classifiers' report as pictures: confusion, reliability, ROC, labels (extra ``evaluate``)."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mien import palette
from mien.errors import MissingExtra
from mien.sinks._atomic import NO_UTF8

try:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
except ImportError as error:
    raise MissingExtra("Plots", "evaluate") from error

Row = dict[str, Any]
_STYLES = ("-", "--", ":", "-.")
_HATCHES = ("", "//", "..", "xx", "\\\\")
_SAID: dict[str, Any] = {"rotation": 90, "fontsize": 7, "color": "#5c606b"}
"""How words stand in a bar's place."""
_SIDE = 4.2
_COLUMNS = 3


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write the PNGs of a report of `mien.evaluation.classifier.evaluate`, a panel for each classifier.

    Returns the files: ``confusion.png``, ``reliability.png``, ``roc.png``, ``labels.png``.
    """
    rows = {_drawable(name): row for name, row in report["classifiers"].items()}
    makers = {"confusion": _confusion, "reliability": _reliability, "roc": _roc, "labels": labels}
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, make in makers.items():
        written.append(folder / f"{name}.png")
        make(rows).savefig(written[-1], dpi=150)
    return written


def _drawable(name: str) -> str:
    """``name``, a path maybe, as it can be drawn: without mathematics, and in UTF-8."""
    return name.encode("utf-8", NO_UTF8).decode("utf-8").replace("$", r"\$")


def _figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Drawn by Agg, without pyplot: no window, no state shared with the caller."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes: list[Axes] = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _panels(rows: dict[str, Row], height: float = _SIDE) -> tuple[Figure, list[Axes]]:
    columns = min(len(rows), _COLUMNS)
    lines = -(-len(rows) // columns)
    figure, axes = _figure(_SIDE * columns + 0.4, height * lines, lines, columns)
    for spare in axes[len(rows) :]:
        spare.set_visible(False)
    return figure, axes


def _confusion(rows: dict[str, Row]) -> Figure:
    shades = LinearSegmentedColormap.from_list("accent", ["#FFFFFF", palette.ACCENT])
    figure, axes = _panels(rows, _SIDE + 0.2)
    for each, (name, row) in zip(axes, rows.items(), strict=False):
        shares = _shares(row["confusion"])
        each.imshow(shares, cmap=shades, vmin=0, vmax=1)
        for y, counts in enumerate(row["confusion"]):
            for x, count in enumerate(counts):
                ink = "white" if shares[y][x] > 0.85 else "#1b1c20"
                text = f"{shares[y][x] * 100:.0f} %\n{count}" if count else "0"
                each.text(x, y, text, ha="center", va="center", fontsize=6.5, color=ink)
        places = range(len(row["labels"]))
        each.set_xticks(places, row["labels"], rotation=40, ha="right", fontsize=8)
        each.set_yticks(places, row["labels"], fontsize=8)
        each.spines[:].set_visible(False)
        each.tick_params(length=0)
        each.set(xlabel="read as", title=name)
    axes[0].set_ylabel("labelled")
    return figure


def _shares(matrix: Sequence[Sequence[int]]) -> list[list[float]]:
    return [[count / max(sum(row), 1) for count in row] for row in matrix]


def _reliability(rows: dict[str, Row]) -> Figure:
    figure, axes = _panels(rows)
    for each, (name, row) in zip(axes, rows.items(), strict=False):
        bins = row["reliability"]["width"]
        edges, heaviest = bins["edges"], max(*bins["count"], 1)
        width = edges[1] - edges[0]
        each.bar(
            edges[:-1],
            [value or 0 for value in bins["accuracy"]],
            width,
            align="edge",
            color=[(palette.ACCENT, 0.25 + 0.75 * count / heaviest) for count in bins["count"]],
            edgecolor="white",
            label="share right (darker: more pictures)",
        )
        each.plot([0, 1], [0, 1], color="#5c606b", linestyle="--", linewidth=1, label="as sure as right")
        filled = [place for place, count in enumerate(bins["count"]) if count]
        each.plot(
            [bins["confidence"][place] for place in filled],
            [bins["accuracy"][place] for place in filled],
            "o",
            color="#1b1c20",
            markersize=3,
        )
        each.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", title=name, aspect="equal")
        title = f"calibration error {_text(row['calibration_error'])}"
        each.legend(frameon=False, fontsize=7, loc="upper left", title=title, title_fontsize=7)
    axes[0].set_ylabel("share right")
    return figure


def _roc(rows: dict[str, Row]) -> Figure:
    figure, axes = _panels(rows)
    for each, (name, row) in zip(axes, rows.items(), strict=False):
        for place, (label, area) in enumerate(zip(row["labels"], row["auc"], strict=True)):
            curve = row["roc"][label]
            each.plot(
                curve["false"],
                curve["true"],
                color=palette.colour(label),
                linestyle=_STYLES[place % len(_STYLES)],
                label=f"{label} {_text(area)}",
            )
        each.plot([0, 1], [0, 1], color="#5c606b", linewidth=0.8, linestyle=(0, (1, 4)))
        each.grid(alpha=0.25)
        each.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="false positives", title=name, aspect="equal")
        each.legend(frameon=False, fontsize=7, loc="lower right", title="area", title_fontsize=7)
    axes[0].set_ylabel("true positives")
    return figure


def labels(rows: dict[str, Row]) -> Figure:
    """Precision, recall and F1 of every label, a bar for each classifier; what is not defined is said."""
    names, words = list(rows), next(iter(rows.values()))["labels"]
    titles = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
    figure, axes = _figure(max(8.0, 1.1 * len(words)), 6.5, 3, 1)
    width = 0.8 / len(names)
    for each, (key, title) in zip(axes, titles.items(), strict=True):
        for place, name in enumerate(names):
            row = rows[name]
            where = [index + (place - (len(names) - 1) / 2) * width for index in range(len(words))]
            each.bar(
                where,
                [math.nan if value is None else value for value in row[key]],
                width * 0.92,
                yerr=_whiskers(row, key),
                error_kw={"elinewidth": 0.9, "capsize": 2, "ecolor": "#1b1c20"},
                color=[palette.colour(label) for label in words],
                hatch=_HATCHES[place % len(_HATCHES)],
                edgecolor="white",
            )
            for x, value in zip(where, row[key], strict=True):
                if value is None:  # no bar would look like one of height 0
                    each.text(x, 0.02, _text(value), ha="center", va="bottom", **_SAID)
        each.set_xticks(range(len(words)), words)
        each.tick_params(axis="x", length=0)
        each.grid(axis="y", alpha=0.25)
        each.set_axisbelow(True)
        each.set(ylim=(0, 1), ylabel=title)
    if len(names) > 1:
        _legend(figure, names)
    return figure


def _legend(figure: Figure, names: Sequence[str]) -> None:
    """Which hatching is which classifier; in gray, since colours are labels."""
    handles = [
        Patch(facecolor="#8A8F98", edgecolor="white", hatch=_HATCHES[place % len(_HATCHES)], label=name)
        for place, name in enumerate(names)
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, frameon=False, fontsize=8)


def _whiskers(row: Row, key: str) -> tuple[list[float], list[float]] | None:
    """How far each interval reaches below and above its bar."""
    if key not in row["intervals"]:
        return None
    pairs = [
        (max(value - low, 0.0), max(high - value, 0.0)) if None not in (value, low, high) else (0.0, 0.0)
        for value, (low, high) in zip(row[key], row["intervals"][key], strict=True)
    ]
    return [low for low, _ in pairs], [high for _, high in pairs]


def _text(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.3f}"
