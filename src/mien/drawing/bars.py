"""The probabilities of one face as bars, always in the same order."""

from mien import palette
from mien.drawing import text
from mien.drawing.layout import Rect
from mien.drawing.plates import SOFT, WHITE, fill, hatch, plate
from mien.drawing.style import BY_EXPRESSION, Sizes, Style
from mien.labels import FER7
from mien.types import Expression, Image

Colour = tuple[int, int, int]
_TRACK = (98, 94, 90)


def size(labels: tuple[str, ...], sizes: Sizes) -> tuple[int, int]:
    """Width and height, in pixels, of the panel for ``labels``."""
    name, bar, value = _columns(labels, sizes)
    pad = 2 * sizes.gap
    return name + bar + value + 3 * sizes.gap + 2 * pad, _pitch(sizes) * len(labels) + 2 * sizes.gap


def panel(image: Image, area: Rect, expression: Expression, style: Style, sizes: Sizes) -> None:
    """Draw name, bar and value (percent) of every label into ``area``, a rectangle of `size`."""
    plate(image, area)
    name, bar, value = _columns(expression.labels, sizes)
    pitch, thick = _pitch(sizes), max(sizes.text // 2, 3)
    left, top = area.x + 2 * sizes.gap, area.y + sizes.gap
    track = left + name + 2 * sizes.gap
    right = track + bar + sizes.gap + value
    probabilities = expression.as_dict()
    for label in ordered(expression.labels):
        share = probabilities[label]
        tone = WHITE if label == expression.label else SOFT
        row = text.centred(top, pitch, sizes.text)
        text.blend(image, text.mask(label, sizes.text), left, row, tone)
        digits = text.mask(f"{share * 100:.0f}", sizes.text)
        text.blend(image, digits, right - digits.shape[1], row, tone)
        place = Rect(track, top + (pitch - thick) // 2, bar, thick)
        stripes = sizes.gap if expression.unsure else 0
        _bar(image, place, share, _colour(label, expression, style), stripes)
        top += pitch


def ordered(labels: tuple[str, ...]) -> list[str]:
    """``labels`` in the order in which people see them everywhere, labels beyond the seven last."""
    return [label for label in FER7 if label in labels] + [label for label in labels if label not in FER7]


def _bar(image: Image, track: Rect, share: float, colour: Colour, stripes: int) -> None:
    """Fill ``share`` of ``track``; with ``stripes`` (pixels) hatched."""
    fill(image, track, _TRACK)
    full = Rect(track.x, track.y, round(share * track.width), track.height)
    if stripes:
        hatch(image, full, colour, stripes)
    else:
        fill(image, full, colour)


def _colour(label: str, expression: Expression, style: Style) -> Colour:
    if expression.unsure:
        return palette.bgr(palette.UNSURE)
    return palette.bgr(palette.colour(label) if style.colour == BY_EXPRESSION else style.colour)


def _columns(labels: tuple[str, ...], sizes: Sizes) -> tuple[int, int, int]:
    names = max(text.width(label, sizes.text) for label in labels)
    return names, sizes.text * 5, text.width("100", sizes.text)


def _pitch(sizes: Sizes) -> int:
    return round(sizes.text * 1.4)
