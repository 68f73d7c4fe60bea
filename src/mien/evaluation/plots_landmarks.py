"""What the landmarkers' report shows as pictures: curves, regions, worst faces (extra ``evaluate``)."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from mien import imageops
from mien.evaluation import plots
from mien.evaluation.landmarks_faces import Found
from mien.palette import COLOURS
from mien.types import Floats, Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ("-", "--", ":", "-.")
TILE = 240
"""Pixels of one face on the sheet of the worst."""


def draw(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write ``errors.png`` and ``regions.png`` for a report of `mien.evaluation.landmarks.evaluate`.

    Returns the files. Raises `MissingExtra` without matplotlib.
    """
    plots.prepare(folder)
    written = []
    for name, make in (("errors", _curves), ("regions", _regions)):
        written.append(folder / f"{name}.png")
        make(report["landmarkers"]).savefig(written[-1], dpi=150)
    return written


def worst(found: Found, points: Floats, errors: Floats, count: int = 24, columns: int = 6) -> Image:
    """The faces with the largest ``errors`` (N,), largest first: given points light, found ones dark red.

    Given points are machine-made, so the fault may be theirs: look before judging.
    """
    order = np.argsort(-errors)[:count]
    tiles = [_tile(found, points[at], int(at), float(errors[at])) for at in order]
    tiles += [np.zeros((TILE, TILE, 3), np.uint8)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    return np.vstack(rows) if rows else np.zeros((TILE, TILE, 3), np.uint8)


def _tile(found: Found, points: Floats, at: int, error: float) -> Image:
    place = found.places[at]
    picture, given = found.portraits.image(place), found.portraits.points[place]
    factor = TILE / max(picture.shape[:2])
    tile = np.zeros((TILE, TILE, 3), np.uint8)
    small = imageops.resize(picture, *(round(side * factor) for side in picture.shape[1::-1]))
    tile[: small.shape[0], : small.shape[1]] = small
    for where, colour in ((given, (120, 255, 120)), (points, (60, 60, 255))):
        for x, y in where * factor:
            cv2.circle(tile, (round(float(x)), round(float(y))), 1, colour, -1, cv2.LINE_AA)
    cv2.putText(tile, f"{error:.1%}", (6, TILE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    return tile


def _curves(figures: Mapping[str, Any]) -> "Figure":
    figure, (axes,) = plots.figure(6, 4.2)
    for place, (name, row) in enumerate(figures.items()):
        errors = [error * 100 for error in row["curve"]["error"]]
        label = f"{name}  (area {row['auc']:.3f})" if row["auc"] is not None else name
        axes.plot(errors, row["curve"]["share"], label=label, linestyle=_STYLES[place % 4], **_colour(place))
    axes.set(
        xlabel="error, % of inter-ocular distance", ylabel="share of faces", ylim=(0, 1.02), xlim=(0, None)
    )
    axes.legend(frameon=False)
    return figure


def _regions(figures: Mapping[str, Any]) -> "Figure":
    figure, (axes,) = plots.figure(7, 3.6)
    width = 0.8 / max(len(figures), 1)
    for place, (name, row) in enumerate(figures.items()):
        regions = list(row["regions"])
        left = np.arange(len(regions)) + (place - (len(figures) - 1) / 2) * width
        values = [100 * (row["regions"][region] or 0) for region in regions]
        bars = axes.bar(left, values, width * 0.9, label=name, **_colour(place))
        axes.bar_label(bars, fmt="%.1f", fontsize=8)
        axes.set_xticks(range(len(regions)), regions)
    axes.set_ylabel("error, % of inter-ocular distance")
    axes.legend(frameon=False)
    return figure


def _colour(place: int) -> dict[str, Any]:
    colours = list(COLOURS.values())
    return {"color": colours[place % len(colours)]}
