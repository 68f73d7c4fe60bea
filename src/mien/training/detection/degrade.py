"""What spoils a picture between the teacher's look and the learner's: light, blur, noise, cover, turn."""

import cv2
import numpy as np

from mien.scenes import _backgrounds as backgrounds
from mien.training.detection.faces import Faces
from mien.training.detection.options import DegradeOptions
from mien.types import Floats, Image

Random = np.random.Generator
SMALLEST_COVERED = 12.0


def cover(random: Random, image: Image, faces: Faces, options: DegradeOptions) -> Image:
    """Hide a part of some faces: mouth and nose, eyes, one side, or a piece anywhere."""
    if random.random() >= options.cover:
        return image
    image = image.copy()
    for box in faces.boxes[faces.heights >= SMALLEST_COVERED]:
        if random.random() < 0.5:
            _hide(random, image, _piece(random, box))
    return image


def _piece(random: Random, box: Floats) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = map(float, box)
    wide, high = x2 - x1, y2 - y1
    kind = random.random()
    if kind < 0.5:
        return x1 - 0.05 * wide, y1 + random.uniform(0.42, 0.6) * high, x2 + 0.05 * wide, y2 + 0.1 * high
    if kind < 0.65:
        return x1, y1 + 0.2 * high, x2, y1 + random.uniform(0.4, 0.5) * high
    if kind < 0.8:
        part = random.uniform(0.3, 0.5) * wide
        return (x1, y1, x1 + part, y2) if random.random() < 0.5 else (x2 - part, y1, x2, y2)
    center = x1 + random.random() * wide, y1 + random.random() * high
    half = random.uniform(0.12, 0.25) * high
    return center[0] - half, center[1] - half, center[0] + half, center[1] + half


def _hide(random: Random, image: Image, place: tuple[float, float, float, float]) -> None:
    height, width = image.shape[:2]
    x1, y1 = max(int(place[0]), 0), max(int(place[1]), 0)
    x2, y2 = min(int(place[2]), width), min(int(place[3]), height)
    if x2 - x1 < 2 or y2 - y1 < 2:
        return
    if random.random() < 0.6:
        cover_with = np.full((y2 - y1, x2 - x1, 3), _cloth(random), np.uint8)
    else:
        cover_with = backgrounds.background(random, x2 - x1, y2 - y1)
    mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
    if random.random() < 0.5:
        mask[:] = 1
    else:
        center, axes = ((x2 - x1) // 2, (y2 - y1) // 2), ((x2 - x1) // 2 + 1, int((y2 - y1) * 0.6) + 1)
        cv2.ellipse(mask, center, axes, 0, 0, 360, 1, -1)
    image[y1:y2, x1:x2][mask > 0] = cover_with[mask > 0]


def _cloth(random: Random) -> Floats:
    light = random.choice((20, 128, 235))
    return np.asarray(np.clip(light + random.normal(0, 30, 3), 0, 255), np.float32)


def turn(random: Random, options: DegradeOptions, side: int) -> Floats | None:
    """The (2, 3) matrix of a turn about the middle of a picture, old to new pixels; None for no turn."""
    if random.random() >= options.rotate:
        return None
    angle = random.uniform(-options.angle, options.angle)
    middle = (side - 1) / 2
    return np.asarray(cv2.getRotationMatrix2D((middle, middle), angle, 1.0), np.float32)


def turned(random: Random, image: Image, matrix: Floats) -> Image:
    """``image`` turned; one colour fills the corners."""
    height, width = image.shape[:2]
    fill = tuple(map(float, random.integers(0, 256, 3)))
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderValue=fill), np.uint8)


def spoil(random: Random, image: Image, options: DegradeOptions) -> Image:
    """Colour, sharpness, light and grain changed at random, in the order in which a camera spoils them."""
    if random.random() < options.clean:
        return image
    steps = (
        (options.gray, _gray),
        (options.colour, _tint),
        (options.shrink, _shrink),
        (options.blur, _blur),
    )
    for chance, step in steps:
        if random.random() < chance:
            image = step(random, image)
    if random.random() < options.light:
        image = _light(random, image, options.darkest)
    for chance, step in ((options.noise, _noise), (options.jpeg, _jpeg)):
        if random.random() < chance:
            image = step(random, image)
    return image


def _gray(random: Random, image: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)


def _tint(random: Random, image: Image) -> Image:
    gains = random.uniform(0.7, 1.3, 3)
    tables = np.clip(np.arange(256)[:, None] * gains, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, tables.reshape(256, 1, 3)), np.uint8)


def _light(random: Random, image: Image, darkest: float) -> Image:
    """Gain, gamma and offset through one table; darkness is drawn more often than glare."""
    if random.random() < 0.75:
        gain = np.exp(random.uniform(np.log(darkest), np.log(1.0)))
        gamma = 1.0
    else:
        gain = random.uniform(0.7, 1.8)
        gamma = np.exp(random.uniform(np.log(0.5), np.log(2.5)))
    levels = (np.arange(256) / 255) ** gamma * 255 * gain
    if random.random() < 0.2:
        levels = 128 + (levels - 128) * random.uniform(0.3, 1) + random.uniform(-40, 40)
    return np.asarray(cv2.LUT(image, np.clip(np.round(levels), 0, 255).astype(np.uint8)), np.uint8)


def _shrink(random: Random, image: Image) -> Image:
    share = random.uniform(0.5, 0.9)
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _blur(random: Random, image: Image) -> Image:
    if random.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 2.2)), np.uint8)
    length = int(random.integers(3, 9))
    kernel = np.zeros((length, length), np.float32)
    start, end = random.integers(0, length, 2), random.integers(0, length, 2)
    cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1.0)
    return np.asarray(cv2.filter2D(image, -1, kernel / max(float(kernel.sum()), 1.0)), np.uint8)


def _noise(random: Random, image: Image) -> Image:
    """Grain of a drawn strength; one field is shifted about, for drawing it anew costs ten times more.

    A picture larger than the field sees it again.
    """
    height, width = image.shape[:2]
    times = height // _GRAIN.shape[0] + 1, width // _GRAIN.shape[1] + 1
    field = np.tile(_GRAIN, (*times, 1)) if max(times) > 1 else _GRAIN
    rows, columns = random.integers(0, field.shape[0] - height), random.integers(0, field.shape[1] - width)
    grain = field[rows : rows + height, columns : columns + width]
    strength = np.exp(random.uniform(np.log(2), np.log(20)))
    return np.asarray(cv2.add(image, cv2.multiply(grain, strength / 16), dtype=cv2.CV_8U), np.uint8)


def _jpeg(random: Random, image: Image) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(20, 80))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


_GRAIN = (np.random.default_rng(0).standard_normal((900, 900, 3)) * 16).astype(np.int16)
