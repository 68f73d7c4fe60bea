"""How a training went, epoch by epoch: as numbers for reports, and as a picture."""

import csv
import json
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mien.training.loggers import METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

logger = logging.getLogger(__name__)
Curves = dict[str, list[float | None]]
"""Column to its values, one per epoch, in the order of ``epoch``; None where it was not measured."""
KINDS = {
    "loss": "loss",
    "accuracy": "accuracy",
    "score": "score",
    "precision": "precision",
    "map50": "mAP@0.5",
    "found": "faces found",
}
"""What is drawn where it was measured, and its words."""
NUMBERS, PICTURE = "curves.json", "curves.png"
_PART_COLOURS = {"train": "#0072B2", "val": "#D55E00"}
_PART_STYLES = {"train": "--", "val": "-"}


def read(out: Path) -> Curves:
    """The curves of the training in ``out``, over all its resumed runs; empty where there are none."""
    rows: dict[int, dict[str, float]] = {}
    for path in _chain(out / METRICS):
        for row in _rows(path):
            rows.setdefault(int(row["epoch"]), {}).update(_numbers(row))
    names = sorted({name for row in rows.values() for name in row})
    curves: Curves = {"epoch": [float(epoch) for epoch in sorted(rows)]} if rows else {}
    return curves | {name: [rows[epoch].get(name) for epoch in sorted(rows)] for name in names}


def write(out: Path) -> Curves:
    """Write ``curves.json`` and ``curves.png`` of the training in ``out``; returns the numbers.

    Without matplotlib (extra ``evaluate``) there is no picture, and the log says so.
    """
    curves = read(out)
    (out / NUMBERS).write_text(json.dumps(curves) + "\n", "utf-8")
    try:
        draw(curves, out / PICTURE)
    except ImportError:
        logger.info("%s is not drawn: that needs pip install 'mien[evaluate]'.", PICTURE)
    return curves


def draw(curves: Curves, path: Path) -> None:
    """Losses, and what is chosen by, by epoch, of learning (dashed) and validation; without any, nothing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kinds = [kind for kind in KINDS if f"val_{kind}" in curves]
    if not kinds:
        return
    figure = Figure(figsize=(5.0 * len(kinds), 3.6), layout="constrained")
    FigureCanvasAgg(figure)  # without pyplot: no window, no state shared with the caller
    for kind, axes in zip(kinds, figure.subplots(1, len(kinds), squeeze=False)[0], strict=True):
        _panel(axes, curves, kind)
    figure.savefig(path, dpi=150)


def _panel(axes: "Axes", curves: Curves, kind: str) -> None:
    for part in ("train", "val"):
        values = zip(curves["epoch"], curves.get(f"{part}_{kind}", ()), strict=False)
        known = {epoch: value for epoch, value in values if epoch is not None and value is not None}
        if known:
            shown = (list(known), list(known.values()))
            axes.plot(*shown, _PART_STYLES[part], color=_PART_COLOURS[part], label=part)
    axes.set(xlabel="epoch", ylabel=KINDS[kind])
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)


def _chain(folder: Path) -> Iterator[Path]:
    """The CSV files of the last training: from the newest back to the one with the first epoch."""
    every = {path.parent.name.removeprefix("version_"): path for path in folder.glob("version_*/metrics.csv")}
    # Copies that somebody made, "version_0 (copy)", are none of them.
    found = {int(number): path for number, path in every.items() if number.isdecimal()}
    chain: list[Path] = []
    for _, path in sorted(found.items(), reverse=True):
        chain.insert(0, path)
        if any(row["epoch"] == "0" for row in _rows(path)):
            break
    yield from chain


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Those that were written to their end: what a power cut or a full disk broke off is left out."""
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        yield from csv.DictReader(line for line in lines if line.endswith("\n") and "\0" not in line)


def _numbers(row: dict[str, str]) -> dict[str, float]:
    """What was measured: the columns with a finite number, but not which step it was."""
    found = {name: float(text) for name, text in row.items() if text and name not in ("epoch", "step")}
    return {name: value for name, value in found.items() if math.isfinite(value)}
