"""Text on pictures: Pillow renders each word once, numpy blends it as often as it is drawn.

OpenCV's own stroke fonts are hard to read on photographs; Pillow carries a proper one inside its package.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mien.types import Image

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont


_FINE = 4
"""Letters are set so many times larger and shrunk: set at their own size, each goes to a whole pixel, and
small words run into each other."""


@lru_cache(maxsize=4096)
def mask(text: str, size: int) -> Image:
    """(H, W) coverage, 0 to 255, of ``text`` at ``size`` pixels.

    H depends on ``size`` alone, so that words set at one height share their baseline. Do not change it.
    """
    from PIL import Image as Pillow  # 45 ms: only those who draw pay
    from PIL import ImageDraw

    font = _font(size * _FINE)
    top, bottom = _extent(size)
    columns, rows = max(math.ceil(font.getlength(text) / _FINE), 1), bottom - top
    picture = Pillow.new("L", (columns * _FINE, rows * _FINE))
    ImageDraw.Draw(picture).text((0, -top * _FINE), text, fill=255, font=font)
    coverage = cv2.resize(np.asarray(picture, np.uint8), (columns, rows), interpolation=cv2.INTER_AREA)
    coverage.setflags(write=False)
    return np.asarray(coverage, np.uint8)


def width(text: str, size: int) -> int:
    """Pixels that ``text`` takes from left to right."""
    return int(mask(text, size).shape[1])


def centred(top: int, height: int, size: int) -> int:
    """Where to blend a mask so that its capitals stand in the middle of a row at ``top`` of ``height``."""
    above, capitals = _capitals(size)
    return top + (height - capitals) // 2 - above


def blend(image: Image, coverage: Image, x: int, y: int, colour: tuple[int, int, int]) -> None:
    """Paint ``colour`` (BGR) through ``coverage`` (H, W), its top left corner at (x, y), into ``image``.

    What lies outside of the picture is left out.
    """
    top, left = max(y, 0), max(x, 0)
    region = image[top : max(y + coverage.shape[0], 0), left : max(x + coverage.shape[1], 0)]
    rows, columns = region.shape[:2]
    shown = coverage[top - y : top - y + rows, left - x : left - x + columns].astype(np.uint16)[..., None]
    region[:] = (region * (255 - shown) + np.array(colour, np.uint16) * shown + 127) // 255


@lru_cache(maxsize=64)
def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)


@lru_cache(maxsize=64)
def _extent(size: int) -> tuple[int, int]:
    """Top of the highest and bottom of the deepest letter, in pixels from where Pillow sets text."""
    font = _font(size)
    return math.floor(font.getbbox("Hdf#%")[1]), math.ceil(font.getbbox("Hgpy#%")[3])


@lru_cache(maxsize=64)
def _capitals(size: int) -> tuple[int, int]:
    """Pixels above the capitals in a mask, and their height."""
    _, top, _, bottom = _font(size).getbbox("H")
    return math.floor(top) - _extent(size)[0], math.ceil(bottom) - math.floor(top)
