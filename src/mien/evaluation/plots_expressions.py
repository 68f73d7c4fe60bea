"""What the report on faces and expressions shows as pictures: curves, confusion, sizes."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mien.evaluation import plots
from mien.evaluation.expressions_figures import BACKGROUND
from mien.labels import FER7
from mien.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ("-", "--", ":", "-.")


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write PNGs of ``report`` (of `mien.evaluation.expressions.evaluate`): a panel for each reader.

    What has to be said beside the figures stands under them. Returns the files: ``precision_recall.png``,
    ``confusion.png``, ``sizes.png``. Raises `MissingExtra`
    without matplotlib.
    """
    makers: dict[str, Callable[[dict[str, Any]], Figure]] = {
        "precision_recall": _curves,
        "confusion": _confusion,
        "sizes": _sizes,
    }
    plots.prepare(folder)
    written = []
    for name, make in makers.items():
        written.append(folder / f"{name}.png")
        figure = make(report["readers"])
        if report["data"]["notes"]:
            figure.supxlabel("; ".join(report["data"]["notes"]), fontsize=8)
        figure.savefig(written[-1], dpi=150)
    return written


def _curves(readers: dict[str, Any]) -> "Figure":
    figure, axes = plots.figure(5 * len(readers), 4.5, 1, len(readers))
    for each, (name, row) in zip(axes, readers.items(), strict=True):
        for place, (label, precision) in enumerate(row["curves"]["precision"].items()):
            shown = f"{label}, AP {row['map50'][label]:.3f}"
            line = _STYLES[place % len(_STYLES)]
            each.plot(row["curves"]["recall"], precision, label=shown, color=COLOURS[label], linestyle=line)
        each.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=f"{name}, IoU .5")
        if row["curves"]["precision"]:
            each.legend(loc="lower left", frameon=False, fontsize=8)
    return figure


def _confusion(readers: dict[str, Any]) -> "Figure":
    figure, axes = plots.figure(5.5 * len(readers), 5, 1, len(readers))
    names = [*FER7, BACKGROUND]
    for each, (name, row) in zip(axes, readers.items(), strict=True):
        counts = np.array(row["confusion"])
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        each.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        each.grid(visible=False)
        for (there, said), count in np.ndenumerate(counts):
            colour = "white" if shares[there, said] > 0.5 else "black"
            each.text(said, there, str(count), ha="center", va="center", fontsize=7, color=colour)
        each.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
        each.set_yticks(range(len(names)), names, fontsize=8)
        each.set(xlabel="read as", ylabel="is", title=name)
    return figure


def _sizes(readers: dict[str, Any]) -> "Figure":
    figure, axes = plots.figure(5 * len(readers), 3.8, 1, len(readers))
    for each, (name, row) in zip(axes, readers.items(), strict=True):
        slices = [one for one in row["sizes"] if one["faces"]]
        labels = [f"{height(one)}\n{one['faces']} faces" for one in slices]
        for key, shift, colour, hatch in (("found", -0.2, "neutral", ""), ("right", 0.2, "sad", "//")):
            bars = each.bar(
                [place + shift for place in range(len(slices))],
                [one[key] / one["faces"] for one in slices],
                0.4,
                color=COLOURS[colour],
                hatch=hatch,
                edgecolor="white",
                label="found" if key == "found" else "found and read right",
            )
            each.bar_label(bars, fmt="%.2f", fontsize=7)
        each.set_xticks(range(len(slices)), labels)
        each.set(ylabel="share", ylim=(0, 1.1), xlabel="height of the face, pixels", title=name)
        if slices:
            each.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def height(one: dict[str, Any]) -> str:
    """A slice by size in words: "under 32", "32 to 64", "over 128"."""
    low, high = one["from"], one["to"]
    if low is None:
        return "all" if high is None else f"under {high:g}"
    return f"over {low:g}" if high is None else f"{low:g} to {high:g}"
