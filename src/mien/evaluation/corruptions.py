"""What goes wrong with pictures, made on purpose: to test how much of it a detector or a model stands.

Each corruption is a pure function of a picture, its boxes and a severity; it returns the new picture and
where the boxes are then. The same input always gives the same output, noise included.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from mien import imageops
from mien.types import Floats, Image

_COVER = 128
Corrupted = tuple[Image, Floats]


@dataclass(frozen=True, slots=True)
class Corruption:
    """``apply(image, boxes, severity)``: (H, W, 3) uint8 BGR and (N, 4) float32 x1, y1, x2, y2 in pixels.

    ``severities`` are the usual ones, from mild to strong, in ``unit``. With ``one_height`` the boxes given
    together must be of about the same height.
    """

    apply: Callable[[Image, Floats, float], Corrupted]
    severities: tuple[float, ...]
    unit: str
    one_height: bool = False


def rotate(image: Image, boxes: Floats, degrees: float) -> Corrupted:
    """Turn counter-clockwise about the middle, on a black ground that holds the whole picture.

    A box becomes the one around the turned ellipse inscribed in it, since a face fills its ellipse, not its
    corners: half axes a, b give half sides sqrt(a^2 cos^2 + b^2 sin^2) and sqrt(a^2 sin^2 + b^2 cos^2).
    """
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_w, new_h = round(width * cos + height * sin), round(width * sin + height * cos)
    matrix[:, 2] += (new_w - width) / 2, (new_h - height) / 2
    turned = cv2.warpAffine(image, matrix, (new_w, new_h), flags=cv2.INTER_LINEAR)
    # The matrix maps pixel centers; a box is measured from the pixels' outer edges, half a pixel before.
    center = ((boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    axes = ((boxes[:, 2:] - boxes[:, :2]) / 2) ** 2
    half = np.sqrt(axes @ np.array(((cos**2, sin**2), (sin**2, cos**2))))
    return np.asarray(turned, np.uint8), np.concatenate((center - half, center + half), 1).astype(np.float32)


def gain(image: Image, boxes: Floats, factor: float) -> Corrupted:
    """Every value times ``factor``: under 1 a picture taken with too little light."""
    return np.clip(np.rint(image * np.float32(factor)), 0, 255).astype(np.uint8), boxes


def gamma(image: Image, boxes: Floats, exponent: float) -> Corrupted:
    """Values v in [0, 1] become v ** ``exponent``: over 1 the dark parts sink, under 1 they rise."""
    table = np.rint(255 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    return table[image], boxes


def to_height(image: Image, boxes: Floats, height: float) -> Corrupted:
    """Scale so that the boxes' median height is ``height`` pixels; without boxes nothing changes.

    Detectors that enlarge small pictures undo a part of it, unless the result is `framed`.
    """
    if not len(boxes):
        return image, boxes
    scale = height / float(np.median(boxes[:, 3] - boxes[:, 1]))
    rows, columns = image.shape[:2]
    small = imageops.resize(image, max(round(columns * scale), 1), max(round(rows * scale), 1))
    factor = np.array((small.shape[1] / columns, small.shape[0] / rows) * 2, np.float32)
    return small, np.asarray(boxes * factor, np.float32)


def blur(image: Image, boxes: Floats, share: float) -> Corrupted:
    """Gaussian blur whose standard deviation is ``share`` of the boxes' median height; none without boxes."""
    if not len(boxes):
        return image, boxes
    sigma = share * float(np.median(boxes[:, 3] - boxes[:, 1]))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(sigma, 0.1)), np.uint8), boxes


def noise(image: Image, boxes: Floats, deviation: float) -> Corrupted:
    """Gaussian noise of this standard deviation (in gray values) on every value, always the same."""
    random = np.random.default_rng(image.shape[0] * image.shape[1])
    added = random.standard_normal(image.shape, np.float32) * np.float32(deviation)
    return np.clip(np.rint(image + added), 0, 255).astype(np.uint8), boxes


def jpeg(image: Image, boxes: Floats, quality: float) -> Corrupted:
    """Compressed as JPEG of this quality (0 to 100) and back."""
    return imageops.decode(imageops.encode(image, ".jpg", round(quality))), boxes


def gray(image: Image, boxes: Floats, _: float) -> Corrupted:
    """Without colour; still three channels. Knows no severity."""
    return imageops.bgr(imageops.gray(image)), boxes


def cover_lower(image: Image, boxes: Floats, share: float) -> Corrupted:
    """The lower ``share`` of every box painted gray, as a mask or a hand would hide it."""
    return _cover(image, boxes, (0, 1 - share, 1, 1)), boxes


def cover_upper(image: Image, boxes: Floats, share: float) -> Corrupted:
    """The upper ``share`` of every box painted gray."""
    return _cover(image, boxes, (0, 0, 1, share)), boxes


def cover_left(image: Image, boxes: Floats, share: float) -> Corrupted:
    """The ``share`` of every box on the picture's left painted gray."""
    return _cover(image, boxes, (0, 0, share, 1)), boxes


def framed(image: Image, long_side: int) -> Image:
    """A smaller picture with black added right or below, until its longer side is ``long_side`` pixels.

    Detectors that enlarge small pictures to their own long side then see it at its own size.
    """
    missing = long_side - max(image.shape[:2])
    if missing <= 0:
        return image
    below, right = (missing, 0) if image.shape[0] > image.shape[1] else (0, missing)
    padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(padded, np.uint8)


def _cover(image: Image, boxes: Floats, part: tuple[float, float, float, float]) -> Image:
    """Paint ``part`` of each box: x1, y1, x2, y2 as shares of its sides."""
    painted = image.copy()
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    corners = np.rint(np.tile(boxes[:, :2], 2) + sides * np.array(part)).clip(0).astype(int)
    for x1, y1, x2, y2 in corners:
        painted[y1:y2, x1:x2] = _COVER
    return painted


CORRUPTIONS: dict[str, Corruption] = {
    "rotation": Corruption(rotate, (15, 20, 30, 45, 60), "degrees"),
    "gain": Corruption(gain, (0.25, 0.12, 0.06), "times"),
    "gamma": Corruption(gamma, (2, 4), "exponent"),
    "height": Corruption(to_height, (40, 24, 16, 12), "px", one_height=True),
    "blur": Corruption(blur, (0.03, 0.06, 0.1), "of the face's height"),
    "noise": Corruption(noise, (15, 30, 60), "gray values"),
    "jpeg": Corruption(jpeg, (30, 10), "quality"),
    "gray": Corruption(gray, (1,), ""),
    "cover_lower": Corruption(cover_lower, (0.5,), "of the box"),
    "cover_upper": Corruption(cover_upper, (0.5,), "of the box"),
    "cover_left": Corruption(cover_left, (0.5,), "of the box"),
}
