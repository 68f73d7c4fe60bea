"""Brows, eyes, nose and mouth as thin frames with their words."""

from mien import landmarks68, regions
from mien.drawing import text
from mien.drawing.layout import Rect, rect
from mien.drawing.plates import WHITE, fill, plate, shade
from mien.drawing.style import Sizes
from mien.types import Floats, Image

_LEAST = 6.0
"""Words are left out where a face's eyes are fewer heights of the text apart: they would hide it."""


def draw(image: Image, landmarks: Floats, sizes: Sizes) -> None:
    """Frame every region of the face with the 68 points ``landmarks`` (68, 2), in pixels."""
    size = max(sizes.text * 2 // 3, 9)
    reach = float(landmarks68.inter_ocular(landmarks))
    found = regions.regions(landmarks, (image.shape[1], image.shape[0]))
    frames = [(region.name, rect(region.box)) for region in found]
    for _, area in frames:
        for edge in _edges(Rect(area.x - 1, area.y - 1, area.width + 2, area.height + 2)):
            shade(image, edge)
    for _, area in frames:
        for edge in _edges(area):
            fill(image, edge, WHITE)
    for name, area in frames if reach >= _LEAST * size else []:
        _word(image, area, name, size, sizes)


def _edges(area: Rect) -> list[Rect]:
    """The four sides of a frame, a pixel wide."""
    x, y, width, height = area
    across = [Rect(x, side, width, 1) for side in (y, y + height - 1)]
    return across + [Rect(side, y + 1, 1, height - 2) for side in (x, x + width - 1)]


def _word(image: Image, area: Rect, name: str, size: int, sizes: Sizes) -> None:
    """On a small plate outside the region, where no other region is: eyes to their outer sides."""
    word, _, side = name.partition("_")
    width, height = text.width(word, size) + sizes.gap, round(size * 1.3)
    middle = area.y + (area.height - height) // 2
    right = area.x + area.width + 1
    places = {
        "brow": (area.x + (area.width - width) // 2, area.y - height - 1),
        "eye": (area.x - width - 1 if side == "left" else right, middle),
        "nose": (right, middle),
        "mouth": (area.x + (area.width - width) // 2, area.y + area.height + 1),
    }
    x, y = places[word]
    plate(image, Rect(x, y, width, height))
    text.blend(image, text.mask(word, size), x + sizes.gap // 2, text.centred(y, height, size), WHITE)
