"""Brows, eyes, nose and mouth as thin frames with their words."""

import numpy as np

from mien import landmarks68, regions
from mien.drawing import text
from mien.drawing.layout import Rect, rect, within
from mien.drawing.plates import WHITE, plate
from mien.drawing.strokes import Strokes
from mien.drawing.style import Sizes
from mien.types import Floats, Image

_LEAST = 7.0
"""Words are left out where a face's eyes are fewer heights of the text apart: they would hide it."""


def draw(image: Image, landmarks: Floats, sizes: Sizes) -> None:
    """Frame every region of the face with the 68 points ``landmarks`` (68, 2), in pixels.

    Lines are as wide as those of the points: finer on a small face, so that it stays to be seen.
    """
    found = regions.regions(landmarks, (image.shape[1], image.shape[0]))
    frames = [(region.name, rect(region.box)) for region in found]
    if not frames:
        return
    corners = [_corners(area) for _, area in frames]
    width, rim = sizes.pen(float(landmarks68.inter_ocular(landmarks)))
    strokes = Strokes(image, np.concatenate(corners), width + 2 * rim)
    for frame in corners:
        strokes.line(frame, width, rim, closed=True)
    strokes.lay()
    _words(image, frames, float(landmarks68.inter_ocular(landmarks)), sizes)


def _corners(area: Rect) -> Floats:
    """(4, 2): through the middles of the outermost pixels, where fine lines are sharp."""
    left, top = area.x + 0.5, area.y + 0.5
    right, bottom = left + area.width - 1, top + area.height - 1
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _words(image: Image, frames: list[tuple[str, Rect]], reach: float, sizes: Sizes) -> None:
    size = max(sizes.text * 2 // 3, 9)
    for name, area in frames if reach >= _LEAST * size else []:
        _word(image, area, name, size, sizes)


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
    place = within(Rect(*places[word], width, height), (image.shape[1], image.shape[0]))
    plate(image, place)
    text.blend(
        image, text.mask(word, size), place.x + sizes.gap // 2, text.centred(place.y, height, size), WHITE
    )
