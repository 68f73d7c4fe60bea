"""The plate over a face: its number, the word for its expression, how certain that is."""

from mien import palette
from mien.drawing import text
from mien.drawing.layout import Rect
from mien.drawing.plates import WHITE, fill, hatch, plate
from mien.drawing.style import Sizes, Style
from mien.types import Face, Image


def words(face: Face, style: Style) -> list[str]:
    """What the caption of ``face`` says, such as ``["#3", "happy 87 %"]``; empty when switched off.

    A face that was too poor to be read has its quality instead.
    """
    said = [f"#{face.track_id}"] if style.ids and face.track_id is not None else []
    expression = face.expression
    if style.labels and expression is not None:
        certain = f"{expression.label} {expression.confidence * 100:.0f} %"
        said.append("unsure" if expression.unsure else certain)
    elif style.labels and face.quality is not None:
        said.append(f"not read: quality {face.quality:.2f}")
    return said


def size(face: Face, style: Style, sizes: Sizes) -> tuple[int, int]:
    """Width and height, in pixels, of the caption of ``face``."""
    widths = [text.width(word, sizes.text) for word in words(face, style)]
    if _has_swatch(face, style):
        widths.append(_swatch(sizes))
    return sum(widths) + (len(widths) + 1) * sizes.gap, round(sizes.text * 1.5)


def caption(image: Image, area: Rect, face: Face, style: Style, sizes: Sizes) -> None:
    """Draw the caption of ``face`` into ``area``, a rectangle of `size`: a swatch, then the words."""
    plate(image, area)
    x = area.x + sizes.gap
    if _has_swatch(face, style):
        side = _swatch(sizes)
        _paint_swatch(image, Rect(x, area.y + (area.height - side) // 2, side, side), face, style, sizes)
        x += side + sizes.gap
    y = text.centred(area.y, area.height, sizes.text)
    for word in words(face, style):
        text.blend(image, text.mask(word, sizes.text), x, y, WHITE)
        x += text.width(word, sizes.text) + sizes.gap


def _has_swatch(face: Face, style: Style) -> bool:
    return style.labels and face.expression is not None


def _swatch(sizes: Sizes) -> int:
    return sizes.text * 2 // 3


def _paint_swatch(image: Image, area: Rect, face: Face, style: Style, sizes: Sizes) -> None:
    if face.expression is not None and face.expression.unsure:
        hatch(image, area, palette.bgr(palette.UNSURE), sizes.gap)
    else:
        fill(image, area, style.colour_of(face.expression))
