"""Pictures without faces, made by code: a detector must learn what is none.

Lettering, flat shapes, shaded balls and limbs (skin-coloured ones too), stripes, noise at several scales, and
faces cut into pieces and put together wrongly.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from mien.types import Image

Random = np.random.Generator
SKIN = ((140, 180, 225), (110, 150, 200), (90, 120, 175), (60, 85, 130), (40, 60, 95))
"""BGR, from light to dark."""
LETTERS = "ABCDEFGHIKLMNOPRSTUVWXYZabcdeghkmnopqrstuvxyz0123456789&?!@#%:;()"


def background(random: Random, width: int, height: int) -> Image:
    """(height, width, 3) uint8 BGR without a face."""
    makers: tuple[Callable[[Random, int, int], Image], ...] = (letters, shapes, balls, stripes, clouds, limbs)
    return makers[random.integers(len(makers))](random, width, height)


def letters(random: Random, width: int, height: int) -> Image:
    """Lines and single letters of many sizes, half of them with a rim, on a plain or a cloudy ground."""
    image = _ground(random, width, height)
    for _ in range(random.integers(2, 12)):
        text = "".join(random.choice(list(LETTERS), random.integers(1, 9)))
        scale = float(np.exp(random.uniform(np.log(0.4), np.log(max(height / 30, 0.8)))))
        place = (int(random.uniform(-0.1, 0.8) * width), int(random.uniform(0.1, 1.1) * height))
        font = int(random.integers(0, 8))
        thick = max(int(scale * random.uniform(1, 5)), 1)
        if random.random() < 0.5:
            rim = thick + max(int(scale * 3), 2)
            cv2.putText(image, text, place, font, scale, _colour(random), rim, cv2.LINE_AA)
        cv2.putText(image, text, place, font, scale, _lively(random), thick, cv2.LINE_AA)
    return _blurred(random, image)


def title(random: Random, width: int, height: int) -> Image:
    """Fat letters close together, lit from above, with a dark rim: as on posters and in films' titles."""
    image = _ground(random, width, height)
    scale = random.uniform(0.3, 0.9) * height / 22  # of a font 22 pixels high
    thick = max(round(scale * random.uniform(2.5, 6)), 1)
    ink = np.zeros((height, width), np.uint8)
    place = np.array((random.uniform(-0.3, 0.5) * width, height / 2 + 11 * scale))
    for letter in random.choice(list(LETTERS), random.integers(1, 8)):
        cv2.putText(ink, str(letter), _pixel(place), 0, scale, 255, thick, cv2.LINE_AA)
        place[0] += scale * random.uniform(16, 20) + 0.4 * thick
    angle, squeeze = random.uniform(-20, 20), random.uniform(0.6, 1)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, squeeze)
    ink = np.asarray(cv2.warpAffine(ink, turn, (width, height)), np.uint8)
    width_of_rim = 2 * max(round(scale * random.uniform(0.5, 2.5)), 1) + 1
    rim = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width_of_rim,) * 2))
    colour, light = (
        np.array(_lively(random)),
        np.linspace(random.uniform(1, 1.6), random.uniform(0.5, 1), height),
    )
    fill = np.clip(light[:, None, None] * colour, 0, 255)
    for mask, paint in ((rim, colour * random.uniform(0.2, 0.6)), (ink, fill)):
        share = mask[:, :, None] / 255
        image = np.asarray(paint * share + image * (1 - share), np.uint8)
    return _blurred(random, image)


def shapes(random: Random, width: int, height: int) -> Image:
    """Ellipses, boxes and polygons, some of them pairs of dots that could pass for eyes."""
    image = _plain(random, width, height)
    for _ in range(random.integers(3, 25)):
        center = (int(random.uniform(0, width)), int(random.uniform(0, height)))
        size = int(np.exp(random.uniform(np.log(3), np.log(max(min(width, height) / 2, 4)))))
        colour = _skin(random) if random.random() < 0.3 else _colour(random)
        if random.random() < 0.5:
            axes = (size, max(int(size * random.uniform(0.3, 1)), 1))
            cv2.ellipse(image, center, axes, random.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
        else:
            corners = np.array(center) + random.integers(-size, size + 1, (random.integers(3, 7), 2))
            cv2.fillPoly(image, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    return _blurred(random, image)


def balls(random: Random, width: int, height: int) -> Image:
    """Shaded balls, buttons and dots, small ones most: round and lit like a far face."""
    image = _ground(random, width, height)
    for _ in range(random.integers(3, 20)):
        center = random.uniform(0, 1, 2) * (width, height)
        size = float(np.exp(random.uniform(np.log(3), np.log(max(min(width, height) / 4, 4)))))
        axes = np.array((size, size * random.uniform(0.7, 1.4)))
        light = random.uniform(-0.4, 0.4, 2) * size
        colour = np.array(_lively(random), np.float32)
        for step in range(5):  # from the dark rim to the spot that shines
            shade = tuple(map(float, np.clip(colour * (0.45 + 0.2 * step), 0, 255)))
            rest = np.maximum(axes * (1 - 0.2 * step), 1)
            place = center + light * step / 5
            cv2.ellipse(image, _pixel(place), _pixel(rest), 0, 0, 360, shade, -1, cv2.LINE_AA)
    return _blurred(random, image)


def stripes(random: Random, width: int, height: int) -> Image:
    """Waves of light and dark in two directions: blinds, cloth, bricks."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    total = np.zeros((height, width), np.float32)
    for _ in range(random.integers(1, 4)):
        angle, period = random.uniform(0, np.pi), np.exp(random.uniform(np.log(4), np.log(80)))
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period))
        total += np.sign(wave) if random.random() < 0.5 else wave
    first, second = np.array(_colour(random)), np.array(_colour(random))
    share = ((total - total.min()) / max(float(np.ptp(total)), 1e-3))[:, :, None]
    return np.asarray(first * share + second * (1 - share), np.uint8)


def clouds(random: Random, width: int, height: int) -> Image:
    """Noise of several grains, like smoke, leaves or cloth."""
    image = np.zeros((height, width, 3), np.float32)
    channels = 1 if random.random() < 0.5 else 3
    for grain in random.choice((2, 4, 8, 16, 32, 64), random.integers(2, 5), replace=False):
        small = random.standard_normal((height // grain + 2, width // grain + 2, channels)).astype(np.float32)
        large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, -1)
        image += large * np.sqrt(grain)
    image *= random.uniform(15, 60) / max(float(image.std()), 1e-3)
    return np.asarray(np.clip(image + _colour(random), 0, 255), np.uint8)


def limbs(random: Random, width: int, height: int) -> Image:
    """Shaded skin-coloured rolls and balls side by side, like fists and arms."""
    image = _ground(random, width, height)
    colour = np.array(_skin(random), np.float32)
    for _ in range(random.integers(2, 9)):
        start = random.uniform(0, 1, 2) * (width, height)
        length = random.uniform(0.05, 0.5) * min(width, height)
        direction = random.uniform(0, 2 * np.pi)
        end = start + length * np.array((np.cos(direction), np.sin(direction)))
        thick = max(int(random.uniform(0.04, 0.25) * min(width, height)), 2)
        for step in range(4):  # from the dark rim to the bright ridge
            shade = tuple(map(float, np.clip(colour * (0.55 + 0.15 * step), 0, 255)))
            rest = max(int(thick * (1 - 0.28 * step)), 1)
            cv2.line(image, _pixel(start), _pixel(end), shade, rest, cv2.LINE_AA)
    return _blurred(random, image)


def scrambled(random: Random, face: Image, least: int = 2) -> Image:
    """``face`` cut into pieces that are put back in another order: its texture without its form.

    There are ``least`` to 4 pieces a side.
    """
    pieces = int(random.integers(least, 5))
    height, width = face.shape[0] // pieces, face.shape[1] // pieces
    if min(height, width) < 2:
        return face
    mixed = np.empty((height * pieces, width * pieces, 3), np.uint8)
    # A rotation of the order leaves no piece in its place.
    order = (np.arange(pieces**2) + random.integers(1, pieces**2)) % pieces**2
    for place, piece in enumerate(order):
        row, column = divmod(place, pieces)
        from_row, from_column = divmod(int(piece), pieces)
        mixed[row * height : (row + 1) * height, column * width : (column + 1) * width] = face[
            from_row * height : (from_row + 1) * height, from_column * width : (from_column + 1) * width
        ]
    return mixed


def emblem(random: Random, side: int) -> Image:
    """(side, side, 3): a round badge, as on cloth and doors: something drawn within rings, letters around it.

    What lies outside its circle is not part of it.
    """
    image = background(random, side, side)
    middle = side / 2
    for _ in range(random.integers(1, 4)):
        radius, thick = random.uniform(0.25, 0.5) * side, random.uniform(0.02, 0.2) * side
        cv2.circle(image, (int(middle),) * 2, int(radius), _colour(random), max(int(thick), 1), cv2.LINE_AA)
    colour, scale = _colour(random), random.uniform(0.08, 0.14) * side / 22  # of a font 22 pixels high
    ends = np.sort(random.uniform(0, 2 * np.pi, 2))
    for angle in np.arange(ends[0], ends[1], 0.35) if random.random() < 0.7 else ():
        place = middle + 0.4 * side * np.array((np.cos(angle), np.sin(angle))) - (11 * scale, -11 * scale)
        letter = LETTERS[random.integers(len(LETTERS))]
        cv2.putText(image, letter, _pixel(place), 0, scale, colour, max(round(scale * 2), 1), cv2.LINE_AA)
    return _blurred(random, image)


def _plain(random: Random, width: int, height: int) -> Image:
    return np.full((height, width, 3), _colour(random), np.uint8)


def _ground(random: Random, width: int, height: int) -> Image:
    """Clouds, one colour, or two that pass into each other from top to bottom."""
    kind = random.random()
    if kind < 0.4:
        return clouds(random, width, height)
    image = _plain(random, width, height)
    if kind < 0.7:
        share = np.linspace(0, 1, height)[:, None, None]
        image = np.asarray(image * share + np.array(_colour(random)) * (1 - share), np.uint8)
    return image


def _lively(random: Random) -> tuple[int, int, int]:
    """Skin or near it, as often as any other colour: colour alone must not make a face."""
    return _skin(random) if random.random() < 0.5 else _colour(random)


def _colour(random: Random) -> tuple[int, int, int]:
    if random.random() < 0.3:
        return (int(random.integers(256)),) * 3
    first, second, third = map(int, random.integers(0, 256, 3))
    return first, second, third


def _skin(random: Random) -> tuple[int, int, int]:
    values = np.array(SKIN[random.integers(len(SKIN))]) + random.normal(0, 12, 3)
    first, second, third = map(int, np.clip(values, 0, 255))
    return first, second, third


def _blurred(random: Random, image: Image) -> Image:
    if random.random() < 0.5:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 3)), np.uint8)


def _pixel(place: npt.NDArray[np.float64]) -> tuple[int, int]:
    return int(place[0]), int(place[1])
