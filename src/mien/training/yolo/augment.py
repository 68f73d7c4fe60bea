"""Pictures with their faces, cut, mirrored, turned and coloured anew."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mien import imageops
from mien.training.detection import windows
from mien.training.yolo.losses import UNKNOWN
from mien.training.yolo.options import AugmentOptions
from mien.types import Floats, Image

Random = np.random.Generator
VISIBLE = 0.4
"""A face of which a smaller share is left in the picture is not asked for."""
SMALLEST = 4.0
"""Neither is one with a side of fewer pixels."""
READABLE = 16.0
"""What a narrower or lower face expresses is not asked for: nothing can be learnt from a guess."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """``image`` (H, W, 3) uint8 BGR; ``boxes`` (N, 4) float32 x1, y1, x2, y2; ``targets`` (N,) or -1."""

    image: Image
    boxes: Floats
    targets: npt.NDArray[np.int64]


def seen(image: Image, boxes: Floats, targets: npt.NDArray[np.int64]) -> Labelled:
    """``image`` with those of ``boxes`` that show enough of their faces in it, cut to it."""
    inside = np.clip(boxes, 0, np.tile(image.shape[1::-1], 2)).astype(np.float32)
    sides, whole = inside[:, 2:] - inside[:, :2], boxes[:, 2:] - boxes[:, :2]
    share = sides.prod(axis=1) / np.maximum(whole.prod(axis=1), 1e-6)
    keep = (share >= VISIBLE) & (sides.min(axis=1, initial=np.inf) >= SMALLEST)
    readable = sides.min(axis=1, initial=np.inf) >= READABLE
    return Labelled(image, inside[keep], np.where(readable, targets, UNKNOWN)[keep])


def placed(random: Random, given: Labelled, ground: Image, options: AugmentOptions) -> Labelled:
    """``given`` fitted into ``ground`` and drawn on it, its size and place changed."""
    height, width = ground.shape[:2]
    tall, wide = given.image.shape[:2]
    scale = min(width / wide, height / tall) * random.uniform(1 - options.scale, 1 + options.scale)
    left, top = (
        _start(random, outer, inner * scale, options.shift)
        for outer, inner in ((width, wide), (height, tall))
    )
    method = cv2.INTER_AREA if scale < 0.8 else cv2.INTER_LINEAR
    place = (-left / scale, -top / scale, width / scale, height / scale)
    windows.draw(given.image, place, ground, method)
    moved = given.boxes * np.float32(scale) + np.array((left, top, left, top), np.float32)
    return seen(ground, moved, given.targets)


def _start(random: Random, outer: float, inner: float, shift: float) -> float:
    """Where a length ``inner`` begins in ``outer``: anywhere that it fits or covers, and ``shift`` beyond."""
    low, high = sorted((0.0, outer - inner))
    return float(random.uniform(low - shift * outer, high + shift * outer))


def changed(random: Random, given: Labelled, options: AugmentOptions) -> Labelled:
    """``given`` mirrored, turned and coloured anew, as far as ``options`` say."""
    if options.rotate:
        given = _turned(given, random.uniform(-options.rotate, options.rotate))
    if random.random() < options.flip:
        given = mirrored(given)
    image = given.image
    if random.random() < options.gray:
        image = imageops.bgr(imageops.gray(image))
    gains = random.uniform(-1, 1, 3) * (options.hue, options.saturation, options.value) + 1
    if any((options.hue, options.saturation, options.value)):
        image = _coloured(image, gains)
    return Labelled(image, given.boxes, given.targets)


def mirrored(given: Labelled) -> Labelled:
    """Left and right changed over."""
    width = np.float32(given.image.shape[1])
    boxes = given.boxes.copy()
    boxes[:, 0], boxes[:, 2] = width - given.boxes[:, 2], width - given.boxes[:, 0]
    return Labelled(np.asarray(cv2.flip(given.image, 1), np.uint8), boxes, given.targets)


def _turned(given: Labelled, degrees: float) -> Labelled:
    """Turned about the middle; a box is drawn around the ellipse in the old one."""
    height, width = given.image.shape[:2]
    middle = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    image = cv2.warpAffine(given.image, matrix, (width, height))
    centers = (given.boxes[:, :2] + given.boxes[:, 2:]) / 2 - 0.5
    moved = centers @ matrix[:, :2].T + matrix[:, 2] + 0.5
    turn = np.abs(matrix[:, :2])
    half = np.sqrt(((given.boxes[:, 2:] - given.boxes[:, :2]) / 2) ** 2 @ (turn**2).T)
    boxes = np.concatenate((moved - half, moved + half), axis=1).astype(np.float32)
    return seen(np.asarray(image, np.uint8), boxes, given.targets)


def _coloured(image: Image, gains: npt.NDArray[np.float64]) -> Image:
    """Hue, saturation and value times ``gains`` (3,)."""
    levels = np.arange(256)
    tables = np.stack(
        (
            (levels * gains[0]) % 180,
            np.clip(levels * gains[1], 0, 255),
            np.clip(levels * gains[2], 0, 255),
        ),
        axis=1,
    )
    parts = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_BGR2HSV), tables.astype(np.uint8).reshape(256, 1, 3))
    return np.asarray(cv2.cvtColor(parts, cv2.COLOR_HSV2BGR), np.uint8)
