"""The measures of one face as a small table."""

import math
from collections.abc import Mapping
from dataclasses import fields

from mien.drawing import text
from mien.drawing.layout import Rect
from mien.drawing.plates import SOFT, WHITE, plate
from mien.drawing.style import Sizes
from mien.types import Image, Pose

DEGREES = frozenset(entry.name for entry in fields(Pose))
"""The measures that are angles; all others are ratios, shares or pixels."""

Rows = list[tuple[str, str]]

LENGTHS = (24, 14, 8)
"""How many measures a panel shows, by the room there is. Tables and JSON have them all."""


def rows(measures: Mapping[str, float], most: int = LENGTHS[0]) -> Rows:
    """Name and value of each row: few digits, a dash for what could not be told.

    What is beyond ``most`` is counted in a last row.
    """
    shown = [(name.replace("_", " "), written(name, value)) for name, value in list(measures.items())[:most]]
    if len(measures) > most:
        shown.append((f"and {len(measures) - most} more", ""))
    return shown


def written(name: str, value: float) -> str:
    """``value`` of the measure ``name`` in few digits: 12.3, 0.46, 9\N{DEGREE SIGN}, or - for NaN.

    The font on pictures has no longer dashes.
    """
    if not math.isfinite(value):
        return "-"
    digits = f"{value:.0f}\N{DEGREE SIGN}" if name in DEGREES else f"{value:.{1 if abs(value) >= 10 else 2}f}"
    return digits.removeprefix("-") if not digits.strip("-0.\N{DEGREE SIGN}") else digits  # no minus nought


def size(shown: Rows, sizes: Sizes) -> tuple[int, int]:
    """Width and height, in pixels, of the panel of `rows`."""
    name, value = _columns(shown, sizes)
    return name + value + 7 * sizes.gap, _pitch(sizes) * len(shown) + 2 * sizes.gap


def panel(image: Image, area: Rect, shown: Rows, sizes: Sizes) -> None:
    """Draw `rows` into ``area``, a rectangle of `size`."""
    plate(image, area)
    right, top = area.x + area.width - 2 * sizes.gap, area.y + sizes.gap
    for name, value in shown:
        row = text.centred(top, _pitch(sizes), _text(sizes))
        text.blend(image, text.mask(name, _text(sizes)), area.x + 2 * sizes.gap, row, SOFT)
        if value:
            digits = text.mask(value, _text(sizes))
            text.blend(image, digits, right - digits.shape[1], row, WHITE)
        top += _pitch(sizes)


def _columns(shown: Rows, sizes: Sizes) -> tuple[int, int]:
    widths = [
        [text.width(entry, _text(sizes)) for entry in column if entry] for column in zip(*shown, strict=True)
    ]
    return max(widths[0], default=0), max(max(widths[1], default=0), text.width("-0.00", _text(sizes)))


def _text(sizes: Sizes) -> int:
    return max(sizes.text * 7 // 8, 9)


def _pitch(sizes: Sizes) -> int:
    return round(_text(sizes) * 1.35)
