"""A gray face crop made into a head of a scene: colour of its skin, soft rim, turned and scaled."""

import functools
import math

import cv2
import numpy as np
import numpy.typing as npt

from mien.artifact import CropSpec
from mien.scenes._backgrounds import SKIN
from mien.scenes._layout import Place, Random, between
from mien.types import Floats, Image

CROP = CropSpec(scale=1.1, shift_y=-0.05)
"""How FER2013's own crops lie around tight boxes: the median of 233 that `mien_face` drew on PublicTest. They
reach from 4.6 to 48.0 of the 48 pixels in height, and from 6.5 to 42.6 in width."""
RIMS = 48
"""So many masks are drawn at once, to choose from."""
SHRINKS = 0.7
"""Under this scale pixels are averaged first, or the small face would be jagged."""


def lay(
    random: Random, image: Image, crop: Image, place: Place, shades: Image, *, whole: bool = False
) -> None:
    """Draw ``crop`` (S, S) gray onto ``image`` so that its face stands at ``place``.

    Its border fades out, unless it is to be seen as a ``whole``. ``shades`` (256, 3) are the colours of its
    grays.
    """
    side = crop.shape[0]
    if random.random() < 0.5:
        crop = crop[:, ::-1]
    patch = cv2.LUT(cv2.merge((crop, crop, crop)), shades.reshape(256, 1, 3))
    rim = cv2.resize(_rims()[int(random.integers(RIMS))], (side, side))
    rim = np.ones_like(rim) if whole else rim
    paste(image, np.asarray(patch, np.uint8), np.asarray(rim, np.float32), place)


def paste(image: Image, patch: Image, rim: Floats, place: Place) -> None:
    """Draw ``patch`` (S, S, 3) onto ``image`` as far as ``rim`` (S, S) says, as a crop whose face stands at
    ``place``."""
    side = patch.shape[0]
    scale = place.height / (side / CROP.scale)
    if scale < SHRINKS:
        small = max(round(side * scale), 2)
        patch = np.asarray(cv2.resize(patch, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        rim = np.asarray(cv2.resize(rim, (small, small), interpolation=cv2.INTER_AREA), np.float32)
        side, scale = small, scale * side / small
    _blend(image, patch, rim, _matrix(place, side, scale))


def _matrix(place: Place, side: int, scale: float) -> Floats:
    """(2, 3): from a crop with ``side`` pixels to a scene that shows it ``scale`` times as large."""
    cos, sin = (scale * part(math.radians(place.angle)) for part in (math.cos, math.sin))
    x, y = (side - 1) / 2, (side - 1) / 2 - CROP.shift_y * side / CROP.scale
    # Pixel centers lie half a pixel off the corner that boxes count from.
    return np.array(
        (
            (cos, -sin, place.x - 0.5 - cos * x + sin * y),
            (sin, cos, place.y - 0.5 - sin * x - cos * y),
        ),
        np.float32,
    )


def _blend(image: Image, patch: Image, rim: Floats, matrix: Floats) -> None:
    """Lay ``patch`` over ``image`` as far as ``rim`` says, both moved by ``matrix``."""
    side = patch.shape[0]
    corners = np.array(((0, side, 0, side), (0, 0, side, side)), np.float32) - 0.5
    moved = matrix[:, :2] @ corners + matrix[:, 2:]
    x1, y1 = np.maximum(np.floor(moved.min(axis=1)).astype(int), 0)
    x2, y2 = np.minimum(np.ceil(moved.max(axis=1)).astype(int) + 1, image.shape[1::-1])
    if x2 <= x1 or y2 <= y1:
        return
    size, matrix = (int(x2 - x1), int(y2 - y1)), matrix - np.array(((0, 0, x1), (0, 0, y1)), np.float32)
    face = cv2.warpAffine(patch, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(rim, matrix, size, flags=cv2.INTER_LINEAR)
    region = image[y1:y2, x1:x2]
    region[:] = cv2.blendLinear(face, np.ascontiguousarray(region), share, 1 - share)


@functools.cache
def _rims() -> tuple[Floats, ...]:
    """Masks (48, 48) float32 from 0 to 1: ellipses and rounder squares with soft borders, always the same."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[-1:1:48j, -1:1:48j]
    found = []
    for _ in range(RIMS):
        power = between(random, 2, 5)
        half_x, half_y = random.uniform(0.84, 0.97), random.uniform(0.92, 0.99)
        distance = (np.abs(x / half_x) ** power + np.abs((y - 0.02) / half_y) ** power) ** (1 / power)
        share = np.clip((1 - distance) / random.uniform(0.08, 0.3), 0, 1)
        found.append(np.asarray(share * share * (3 - 2 * share), np.float32))
    return tuple(found)


def shades(random: Random, gray: bool) -> Image:
    """(256, 3) uint8: the BGR colours of a face's grays: light and contrast drawn, skin unless ``gray``.

    The darkest stay gray, as eyes and nostrils are, and the brightest, as gloss is.
    """
    levels = (np.arange(256, dtype=np.float32) / 255) ** between(random, 0.75, 1.35)
    levels = 128 + (levels * 255 - 128) * random.uniform(0.75, 1.15)
    levels = np.clip(levels * between(random, 0.6, 1.2) + random.uniform(-12, 12), 0, 255)[:, None]
    if gray:
        return np.repeat(levels, 3, axis=1).astype(np.uint8)
    tint = np.array(SKIN[random.integers(len(SKIN))], np.float32) * random.uniform(0.93, 1.07, 3)
    tint /= tint @ (0.114, 0.587, 0.299)
    share = random.uniform(0.5, 1) * np.clip(np.minimum(levels / 60, (265 - levels) / 70), 0, 1)
    return np.asarray(np.clip(levels * (1 + (tint - 1) * share), 0, 255), np.uint8)


def body(random: Random, image: Image, place: Place) -> None:
    """Draw hair, neck and shoulders where the face at ``place`` will be laid, for it is not to float."""
    size = place.height
    hair, cloth, skin = _dark(random), _any(random), SKIN[random.integers(len(SKIN))]
    angle = math.radians(place.angle)
    down = np.array((-math.sin(angle), math.cos(angle))) * size
    middle = np.array((place.x, place.y))
    _oval(image, middle + 0.62 * down, (0.22, 0.4), place, tuple(0.7 * value for value in skin))
    shoulders = (random.uniform(0.75, 1.05), random.uniform(0.5, 0.8))
    _oval(image, middle + (0.55 + shoulders[1]) * down, shoulders, place, cloth)
    if random.random() < 0.8:
        _oval(
            image, middle - 0.12 * down, (random.uniform(0.44, 0.56), random.uniform(0.5, 0.62)), place, hair
        )


def _oval(
    image: Image,
    middle: npt.NDArray[np.float64],
    half: tuple[float, float],
    place: Place,
    colour: tuple[float, ...],
) -> None:
    axes = (max(int(half[0] * place.height), 1), max(int(half[1] * place.height), 1))
    cv2.ellipse(image, (int(middle[0]), int(middle[1])), axes, place.angle, 0, 360, colour, -1, cv2.LINE_AA)


def _dark(random: Random) -> tuple[float, ...]:
    """Hair: black and brown most often, fair or gray at times."""
    light = between(random, 15, 170)
    tint = np.array((0.7, 0.85, 1.1)) if random.random() < 0.7 else np.ones(3)
    return tuple(map(float, np.clip(light * tint, 0, 255)))


def _any(random: Random) -> tuple[float, ...]:
    middle = random.uniform(10, 230)
    return tuple(map(float, np.clip(middle + random.normal(0, 30, 3), 0, 255)))
