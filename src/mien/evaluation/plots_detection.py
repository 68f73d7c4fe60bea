"""What the detectors' report shows as pictures: curves, recall by height, stress (extra ``evaluate``)."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.evaluation import plots
from mien.palette import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ("-", "--", ":", "-.")
_MARKS = "osD^vPX"


def draw(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write a PNG per part of ``report`` (of `mien.evaluation.detection.evaluate`) that can be drawn.

    Returns the files: ``precision_recall.png``, ``recall_by_height.png``, ``stress.png``. Raises
    `MissingExtra` without matplotlib.
    """
    makers = {
        "precision_recall": ("ap", _curves),
        "recall_by_height": ("recall", _heights),
        "stress": ("stress", _stress),
    }
    plots.prepare(folder)
    written = []
    for name, (part, make) in makers.items():
        figure = make(report[part]) if part in report else None
        if figure is not None:
            written.append(folder / f"{name}.png")
            figure.savefig(written[-1], dpi=150)
    return written


def _look(place: int) -> dict[str, Any]:
    """Colour, line and mark of the ``place``-th detector: never told apart by colour alone."""
    colours = list(COLOURS.values())
    return {
        "color": colours[(place * 4) % len(colours)],  # neighbours far apart in the palette
        "linestyle": _STYLES[place % len(_STYLES)],
        "marker": _MARKS[place % len(_MARKS)],
    }


def _curves(part: dict[str, Any]) -> "Figure | None":
    if not part["detectors"]:
        return None
    figure, (axes,) = plots.figure(6, 4.5)
    for place, (name, row) in enumerate(part["detectors"].items()):
        value = row["ap50"]["all"]
        shown = "no face" if value is None else f"AP {value:.3f}"
        curve = row["curve"]
        axes.plot(curve["recall"], curve["precision"], label=f"{name}, {shown}", **_look(place), markevery=10)
    axes.set(
        xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="Precision and recall, IoU .5"
    )
    axes.legend(loc="lower left", frameon=False)
    return figure


def _heights(part: dict[str, Any]) -> "Figure | None":
    rows = {
        name: {key: row for key, row in found["recall"].items() if key.startswith("height ")}
        for name, found in part.items()
    }
    bins = next(iter(rows.values()), {})
    if not bins:
        return None
    figure, (axes,) = plots.figure(6, 4)
    width = 0.8 / len(rows)
    for place, (name, row) in enumerate(rows.items()):
        bars = axes.bar(
            [index + (place - (len(rows) - 1) / 2) * width for index in range(len(row))],
            [each["recall"] for each in row.values()],
            width,
            color=_look(place)["color"],
            hatch=("", "//", "..", "xx")[place % 4],
            edgecolor="white",
            label=name,
        )
        axes.bar_label(bars, fmt="%.2f", fontsize=7)
    labels = [f"{key.removeprefix('height ')}\n{row['faces']} faces" for key, row in bins.items()]
    axes.set_xticks(range(len(bins)), labels)
    axes.set(ylabel="recall", ylim=(0, 1.05), xlabel="height of the face, pixels", title="Recall by height")
    axes.legend(frameon=False, loc="upper left")
    return figure


def _stress(part: dict[str, Any]) -> "Figure | None":
    names = list(dict.fromkeys(row["corruption"] for rows in part["detectors"].values() for row in rows))
    if not names:
        return None
    columns = min(len(names), 4)
    figure, axes = plots.figure(
        3 * columns, 2.6 * -(-len(names) // columns), -(-len(names) // columns), columns
    )
    for each, corruption in zip(axes, names, strict=False):
        for place, (name, rows) in enumerate(part["detectors"].items()):
            kept = [row for row in rows if row["corruption"] == corruption and row["of_found"] is not None]
            each.plot(
                [f"{row['severity']:g}" if row["unit"] else "" for row in kept],
                [row["of_found"] for row in kept],
                label=name,
                **_look(place),
            )
        unit = next(
            row["unit"]
            for rows in part["detectors"].values()
            for row in rows
            if row["corruption"] == corruption
        )
        each.set(title=corruption.replace("_", " "), xlabel=unit, ylim=(0, 1.05))
    for each in axes[len(names) :]:
        each.set_visible(False)
    # In two lines: one row of corruptions is not high enough for one.
    figure.supylabel(f"found, of the faces that\n{part['reference']} finds when clean", fontsize=9)
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=columns, frameon=False
    )
    return figure
