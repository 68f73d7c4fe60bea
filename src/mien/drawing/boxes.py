"""The frame around a face."""

from mien.drawing.layout import Rect
from mien.drawing.plates import INK, fill
from mien.drawing.style import Sizes
from mien.types import Image

Colour = tuple[int, int, int]
_MARKED = 20
"""Corners are marked on faces of so many lines' widths: a smaller one would be all frame."""


def box(image: Image, face: Rect, colour: Colour, sizes: Sizes, *, dashed: bool = False) -> None:
    """A thin frame with marked corners; ``dashed`` (for an unsure face) leaves gaps between the corners.

    A dark rim outside keeps it visible on bright and on like-coloured ground. All edges lie on whole
    pixels, so they are crisp without anti-aliasing.
    """
    rim = max(sizes.line // 2, 1)
    outside = Rect(face.x - rim, face.y - rim, face.width + 2 * rim, face.height + 2 * rim)
    dash = 2 * sizes.gap if dashed else 0
    side = min(face.width, face.height)
    corner = max(side // 6, 3 * sizes.line)
    thick = sizes.line + (rim if side >= _MARKED * sizes.line else 0)
    for mark in _edges(outside, rim, dash) + _corners(outside, corner + rim, rim):
        fill(image, mark, INK)
    for mark in _edges(face, sizes.line, dash) + _corners(face, corner, thick):
        fill(image, mark, colour)


def _edges(face: Rect, line: int, dash: int) -> list[Rect]:
    x, y, width, height = face
    across, down = _dashes(x, width, dash), _dashes(y, height, dash)
    edges = [Rect(start, side, length, line) for start, length in across for side in (y, y + height - line)]
    edges += [Rect(side, start, line, length) for start, length in down for side in (x, x + width - line)]
    return edges


def _dashes(start: int, length: int, dash: int) -> list[tuple[int, int]]:
    """Start and length of each stroke on an edge: strokes and gaps of ``dash``, one stroke when it is 0."""
    if dash == 0:
        return [(start, length)]
    return [(start + at, min(dash, length - at)) for at in range(0, length, 2 * dash)]


def _corners(face: Rect, length: int, line: int) -> list[Rect]:
    x, y, width, height = face
    right, bottom = x + width, y + height
    across = [Rect(at, side, length, line) for at in (x, right - length) for side in (y, bottom - line)]
    down = [Rect(side, at, line, length) for at in (y, bottom - length) for side in (x, right - line)]
    return across + down
