"""Pictures as arrays: decoding with limits, colour, resizing, letterboxing."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from mien.errors import BadOption, SourceError
from mien.types import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
MAX_PIXELS = 80_000_000
"""Pictures with more pixels are refused from their header, before anything is decoded."""
_BAND = 1 << 16
"""Pixels that are laid over white at once."""
_DRAWN_ELSEWHERE = frozenset({"EPS", "WMF"})
"""What Pillow hands to other programs (Ghostscript): a stranger's file must not choose what these do."""


def read(path: str | Path) -> Image:
    """The picture at ``path`` as (H, W, 3) BGR uint8; see `decode` for what is handled and refused."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(f"Cannot read picture '{path}': {reason}. Check the path.") from error
    return decode(data, name=str(path))


def decode(data: bytes, name: str = "picture") -> Image:
    """Decode JPEG, PNG, WebP, BMP or TIFF bytes to (H, W, 3) BGR uint8, upright by their EXIF tag.

    Gray, palette, 16-bit, floating-point (from 0 to 1, or to 255) and transparent pictures are converted
    (transparency over white). Raises `SourceError` for empty, truncated or foreign data and for more than
    `MAX_PIXELS` pixels.
    """
    from PIL import Image as Pillow  # a fifth of the start-up time: only those who read pictures pay
    from PIL import UnidentifiedImageError

    if not data:
        raise SourceError(f"'{name}' is empty (0 bytes). Give a JPEG, PNG or WebP picture.")
    try:
        with Pillow.open(io.BytesIO(data)) as picture:
            if picture.format in _DRAWN_ELSEWHERE:
                raise UnidentifiedImageError
            _refuse_huge(*picture.size, name)
            return _to_bgr(_upright(picture))
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise SourceError(
            f"'{name}' is over the limit of {MAX_PIXELS:,} pixels. Make it smaller first."
        ) from error
    except UnidentifiedImageError as error:
        raise SourceError(
            f"'{name}' is not a picture that can be read. Give a JPEG, PNG or WebP file."
        ) from error
    except (
        OSError,
        RuntimeError,
        SyntaxError,
        ValueError,
    ) as error:  # RuntimeError: what AVIF's decoder says
        raise SourceError(f"'{name}' is damaged or cut short: {error}.") from error


def check(image: Image, *, colour: bool = False) -> Image:
    """``image`` itself, if it is a picture with at least one pixel; else `BadOption` says what it is.

    A picture is a uint8 array: gray (H, W) or (H, W, 1), BGR (H, W, 3), or BGRA (H, W, 4); with ``colour``
    BGR alone.
    """
    if not isinstance(image, np.ndarray):
        raise BadOption(
            f"A picture is a uint8 array, not {type(image).__name__}. Read files by mien.imageops.read and "
            "encoded bytes by mien.imageops.decode; of a Pillow image take "
            "numpy.asarray(image.convert('RGB'))[..., ::-1]."
        )
    if image.dtype != np.uint8:
        raise BadOption(
            f"A picture is a uint8 array, not one of {image.dtype}. Scale its values to 0 to 255, then "
            "convert it with .astype('uint8')."
        )
    channels = image.shape[2] if image.ndim == 3 else 1
    if not 2 <= image.ndim <= 3 or channels not in ((3,) if colour else (1, 3, 4)) or 0 in image.shape:
        wanted = "BGR (H, W, 3)" if colour else "gray (H, W), BGR (H, W, 3) or BGRA (H, W, 4)"
        raise BadOption(f"A picture of shape {image.shape} does not fit: give {wanted}, one pixel or more.")
    return image


def gray(image: Image) -> Image:
    """(H, W) uint8 from (H, W), (H, W, 1), BGR (H, W, 3) or BGRA (H, W, 4), by the BT.601 weights."""
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[:, :, 0]
    code = cv2.COLOR_BGRA2GRAY if image.shape[2] == 4 else cv2.COLOR_BGR2GRAY
    return np.asarray(cv2.cvtColor(image, code), np.uint8)


def bgr(image: Image) -> Image:
    """(H, W, 3) BGR uint8 from gray (H, W) or (H, W, 1), BGR, or BGRA; see `check` for what is refused."""
    check(image)
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    if image.ndim == 3 and image.shape[2] == 4:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), np.uint8)
    return np.asarray(cv2.cvtColor(gray(image), cv2.COLOR_GRAY2BGR), np.uint8)


def resize(image: Image, width: int, height: int) -> Image:
    """Resize to ``width`` x ``height`` pixels: area averaging when shrinking, bilinear otherwise."""
    if image.shape[:2] == (height, width):
        return image
    shrinks = image.shape[0] >= height and image.shape[1] >= width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def sampled(image: Image, matrix: npt.NDArray[np.float64], width: int, height: int) -> Image:
    """``width`` x ``height`` pixels of ``image`` (H, W) or (H, W, 3) uint8, from where ``matrix`` says.

    ``matrix`` (2, 3) takes (x, y, 1) of the result to (x, y) of ``image``, both counted from the middle of
    the first pixel. Beyond the picture its border is repeated. OpenCV refuses pictures of more than 32,766
    pixels a side, so it gets only the part that is looked at.
    """
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], np.float64)
    size = np.array(image.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=1)) - 1, 0, size - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=1)) + 2, low + 1, size).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    crop = cv2.warpAffine(
        part,
        matrix - np.array([[0, 0, low[0]], [0, 0, low[1]]]),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)


def letterbox(image: Image, long_side: int, multiple: int) -> tuple[Image, float]:
    """Scale so that the longer side is ``long_side``, then pad right and below to ``multiple``.

    Returns the padded picture (black padding) and the scale: input pixels = padded pixels / scale.
    """
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    inner_w, inner_h = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(cv2.resize(image, (inner_w, inner_h), interpolation=cv2.INTER_LINEAR), np.uint8)
    pad_w, pad_h = -inner_w % multiple, -inner_h % multiple
    if pad_w == pad_h == 0:
        return small, scale
    padded = cv2.copyMakeBorder(small, 0, pad_h, 0, pad_w, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(padded, np.uint8), scale


def encode(image: Image, suffix: str = ".jpg", quality: int = 90) -> bytes:
    """The picture as JPEG (at ``quality``, 0 to 100), PNG or WebP bytes, by ``suffix``.

    Raises `SourceError` for a picture that is too long for its format: JPEG takes 65,500 pixels a side, WebP
    16,383.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix in {".jpg", ".jpeg"} else []
    ok, data = cv2.imencode(suffix, image, options)
    if not ok:
        raise SourceError(
            f"Cannot encode a picture of {image.shape[1]} x {image.shape[0]} pixels as '{suffix}': it takes "
            "fewer a side. Use .png."
        )
    return data.tobytes()


def _refuse_huge(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise SourceError(
            f"'{name}' has {width} x {height} pixels, over the limit of {MAX_PIXELS:,}. "
            "Make it smaller first."
        )


def _upright(picture: "PillowImage") -> "PillowImage":
    """``picture`` as its EXIF tag says that it stands; as it is where that cannot be read.

    Not by `PIL.ImageOps.exif_transpose`: it writes the other tags anew, and fails where one is damaged.
    """
    from PIL import ExifTags
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    picture.load()  # which turns a TIFF, and takes its tag away
    try:
        turn = turns.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except SyntaxError:  # what Pillow says of tags that do not begin as they should
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _to_bgr(picture: "PillowImage") -> Image:
    if picture.mode.startswith(("I", "F")):  # 16-bit gray arrives as integers up to 65535
        values = np.nan_to_num(np.asarray(picture, np.float32), posinf=0)
        largest = values.max(initial=0)
        shares = picture.mode == "F" and largest <= 1  # floating point is mostly from 0 to 1
        top = 1.0 if shares else 255.0 if largest <= 255 else 65535.0
        return bgr(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        return _over_white(np.asarray(picture.convert("RGBA")))
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def _over_white(rgba: Image) -> Image:
    """(H, W, 3) BGR uint8 of ``rgba`` (H, W, 4) uint8 over white.

    In bands: as floating point, a whole picture would take twelve times its own memory.
    """
    pixels = rgba.reshape(-1, 4)
    found = np.empty((len(pixels), 3), np.uint8)
    for start in range(0, len(pixels), _BAND):
        band = pixels[start : start + _BAND].astype(np.float32)
        alpha = band[:, 3:] / 255
        found[start : start + _BAND] = (band[:, 2::-1] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return found.reshape(*rgba.shape[:2], 3)
