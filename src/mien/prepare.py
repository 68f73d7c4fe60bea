"""THE step from picture and face box to a model's input, the same for training, evaluation and runtime."""

from collections.abc import Sequence

import cv2
import numpy as np

from mien import geometry, imageops
from mien.artifact import CropSpec, InputSpec
from mien.errors import BadOption
from mien.types import Box, Floats, Image

CLAHE_LIMIT, CLAHE_TILES = 2.0, (4, 4)
LARGEST = 4
"""A crop's side in longer sides of the picture, at most: its memory grows with its square."""


def square(box: Box, spec: CropSpec) -> tuple[int, int, int]:
    """The square that ``spec`` states around ``box``: its left, top and side in whole pixels, side >= 1.

    Raises `BadOption` for a box that is nowhere: NaN or infinite.
    """
    geometry.finite(box)
    side = max(round(max(box.width, box.height) * spec.scale), 1)
    center_x, center_y = box.center
    left = round(center_x - side / 2)
    top = round(center_y + spec.shift_y * box.height - side / 2)
    return left, top, side


def crop(image: Image, box: Box, spec: CropSpec) -> Image:
    """Cut the square that ``spec`` states around ``box`` out of ``image`` (H, W) or (H, W, 3), uint8.

    Where the square leaves the picture, the picture's border is repeated, so that a face at the edge
    keeps its scale and place. The side is at least one pixel. Raises `BadOption` for a box that is nowhere,
    or far larger than the picture.
    """
    left, top, side = square(box, spec)
    height, width = image.shape[:2]
    if side > LARGEST * max(height, width, 256):
        raise BadOption(
            f"{box} is no face of a picture of {width} x {height}. Give it in pixels of the picture."
        )
    # Keep one row and column even when the square lies wholly outside.
    x1, x2 = np.clip((left, left + side), (0, 1), (width - 1, width))
    y1, y2 = np.clip((top, top + side), (0, 1), (height - 1, height))
    inside = image[y1:y2, x1:x2]
    if inside.shape[:2] == (side, side):
        return inside
    pad_left, pad_top = min(max(-left, 0), side - 1), min(max(-top, 0), side - 1)
    pad_right, pad_bottom = side - inside.shape[1] - pad_left, side - inside.shape[0] - pad_top
    padded = cv2.copyMakeBorder(
        inside, pad_top, max(pad_bottom, 0), pad_left, max(pad_right, 0), cv2.BORDER_REPLICATE
    )
    return np.asarray(padded[:side, :side], np.uint8)


def tensor(crops: Sequence[Image] | Image, spec: InputSpec) -> Floats:
    """Crops to the (N, channels, height, width) float32 tensor that ``spec`` states.

    ``crops``: uint8 pictures, gray (H, W) or BGR (H, W, 3), of any sizes. Colour is converted, then the
    size, then the light is evened out where ``spec`` wants that, then pixels become ``(pixel - mean) / std``.
    Raises `BadOption` for what is no such picture.
    """
    pixels = np.empty((len(crops), spec.height, spec.width, spec.channels), np.uint8)
    for slot, image in zip(pixels, crops, strict=True):
        resized = imageops.resize(_colour(image, spec.colour), spec.width, spec.height)
        slot[:] = equalized(resized, spec).reshape(slot.shape)
    scaled = (pixels.astype(np.float32) - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def equalized(image: Image, spec: InputSpec) -> Image:
    """``image`` (H, W) or (H, W, 3) uint8, in the colours of ``spec``, its light evened out as that states.

    "histogram" spreads the brightness over the whole range; "clahe" does so in 4 x 4 tiles with limited
    contrast (Zuiderveld, "Contrast limited adaptive histogram equalization", 1994; clip limit 2). Of coloured
    pictures only the luma changes. An empty name leaves the picture as it is.
    """
    if not spec.equalize:
        return image
    if image.ndim == 2:
        return _even(image, spec.equalize)
    to_luma, back = _LUMA[spec.colour]
    parts = cv2.cvtColor(image, to_luma)
    parts[:, :, 0] = _even(np.ascontiguousarray(parts[:, :, 0]), spec.equalize)
    return np.asarray(cv2.cvtColor(parts, back), np.uint8)


_LUMA = {
    "bgr": (cv2.COLOR_BGR2YCrCb, cv2.COLOR_YCrCb2BGR),
    "rgb": (cv2.COLOR_RGB2YCrCb, cv2.COLOR_YCrCb2RGB),
}


def _even(gray: Image, how: str) -> Image:
    steps = {"histogram": cv2.equalizeHist, "clahe": cv2.createCLAHE(CLAHE_LIMIT, CLAHE_TILES).apply}
    return np.asarray(steps[how](gray), np.uint8)


def _colour(image: Image, colour: str) -> Image:
    if colour == "gray":
        return imageops.gray(imageops.check(image))
    colours = imageops.bgr(image)
    return np.ascontiguousarray(colours[:, :, ::-1]) if colour == "rgb" else colours
