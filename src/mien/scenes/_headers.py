"""What a picture's file says of it before anything is decoded."""

from pathlib import Path

from mien.errors import SourceError
from mien.imageops import MAX_PIXELS

_ORIENTATION, _LYING = 0x0112, 5
"""EXIF's tag for how a picture is to be turned, and its values from which width and height change places."""


def size(picture: Path) -> tuple[int, int]:
    """Width and height in pixels as `mien.imageops.read` gives the picture: upright by its EXIF tag.

    Raises `SourceError` for too many pixels, and `OSError` or `ValueError` for what is no picture.
    """
    from PIL import Image as Pillow  # as in `imageops`: only those who read pictures pay

    try:
        with Pillow.open(picture) as opened:
            width, height = opened.size
            lying = opened.getexif().get(_ORIENTATION, 1) >= _LYING
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise SourceError(str(error)) from error
    if width * height > MAX_PIXELS:
        raise SourceError(f"{width} x {height} pixels are over the limit of {MAX_PIXELS:,}")
    return (height, width) if lying else (width, height)
