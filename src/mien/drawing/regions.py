"""Brows, eyes, nose and mouth as thin frames with their words."""

from mien import landmarks68, regions
from mien.drawing import text
from mien.drawing.layout import Rect, rect
from mien.drawing.plates import INK, WHITE, fill, plate
from mien.drawing.style import Sizes
from mien.types import Floats, Image

_LEAST = 45.0
"""Words are left out where a face's eyes are fewer pixels apart: they would hide it."""


def draw(image: Image, landmarks: Floats, sizes: Sizes) -> None:
    """Frame every region of the face with the 68 points ``landmarks`` (68, 2), in pixels."""
    size = max(sizes.text * 2 // 3, 8)
    worded = float(landmarks68.inter_ocular(landmarks)) >= _LEAST * size / 10
    for region in regions.regions(landmarks, (image.shape[1], image.shape[0])):
        area = rect(region.box)
        _frame(image, Rect(area.x - 1, area.y - 1, area.width + 2, area.height + 2), INK)
        _frame(image, area, WHITE)
        if worded:
            _word(image, area, region.name.partition("_")[0], size, sizes)


def _frame(image: Image, area: Rect, colour: tuple[int, int, int]) -> None:
    x, y, width, height = area
    for edge in (
        Rect(x, y, width, 1),
        Rect(x, y + height - 1, width, 1),
        Rect(x, y, 1, height),
        Rect(x + width - 1, y, 1, height),
    ):
        fill(image, edge, colour)


def _word(image: Image, area: Rect, word: str, size: int, sizes: Sizes) -> None:
    """On a small plate beside the region, where no other region is: brows above, eyes and mouth below."""
    width, height = text.width(word, size) + sizes.gap, round(size * 1.3)
    beside = {
        "brow": (area.x, area.y - height),
        "nose": (area.x + area.width, area.y + area.height - height),
    }
    x, y = beside.get(word, (area.x, area.y + area.height))
    place = Rect(x, y, width, height)
    plate(image, place)
    text.blend(
        image, text.mask(word, size), place.x + sizes.gap // 2, text.centred(place.y, height, size), WHITE
    )
