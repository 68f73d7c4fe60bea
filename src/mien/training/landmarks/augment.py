"""Faces changed at random as cameras and detectors change them: turned, boxed badly, dark, blurred."""

from dataclasses import dataclass

import cv2
import numpy as np

from mien import imageops, prepare
from mien.artifact import CropSpec
from mien.landmarks68 import mirrored
from mien.types import Box, Floats, Image

FOREHEAD = 0.33
"""How far detectors' boxes reach over the brows, as a share of the height from chin to brows."""


@dataclass(frozen=True, slots=True)
class PointAugment:
    """How far faces are changed; 0 switches a change off.

    ``rotate`` is the largest angle in degrees. ``smaller`` and ``larger`` bound the size of the box and
    ``shift`` its offset (a share of its side), as a detector errs; ``aspect`` is the largest change of one
    side alone. ``gain`` and ``gamma`` are the largest changes in powers of two. The others are probabilities:
    ``flip``; ``blur``; ``coarse``, a picture of fewer pixels; ``noise``; ``jpeg``; ``cover``, a rectangle
    over part of the face.
    """

    flip: float = 0.5
    rotate: float = 45.0
    smaller: float = 0.85
    larger: float = 1.2
    shift: float = 0.1
    aspect: float = 0.1
    gain: float = 1.5
    gamma: float = 0.8
    blur: float = 0.2
    coarse: float = 0.2
    noise: float = 0.3
    jpeg: float = 0.2
    cover: float = 0.3


def face_box(points: Floats) -> Box:
    """The box that a detector draws around a face with ``points`` (68, 2), whichever way it is turned.

    The hull of the points, with a forehead over the brows. On upright faces that is YuNet's box to within
    3 % of its side (median); on faces turned by 30 degrees YuNet's is a tenth smaller.
    """
    brows, chin = points[[19, 24]], points[8]
    up = (brows.mean(axis=0) - chin) * FOREHEAD
    corners = np.concatenate([points, brows + up])
    return Box(*map(float, (*corners.min(axis=0), *corners.max(axis=0))))


def vary(
    picture: Image, points: Floats, crop: CropSpec, changes: PointAugment, random: np.random.Generator
) -> tuple[Image, Floats]:
    """A changed crop of the gray ``picture`` (H, W), and its points (68, 2) as shares of the crop's side."""
    if random.random() < changes.flip:
        picture, points = picture[:, ::-1], mirrored(points, picture.shape[1])
    picture, points = _turn(picture, points, _angle(changes.rotate, random), random)
    face, target = cut(picture, points, _jitter(face_box(points), changes, random), crop)
    return _degrade(face, changes, random), target


def cut(picture: Image, points: Floats, box: Box, crop: CropSpec) -> tuple[Image, Floats]:
    """The crop of ``box``, and ``points`` (68, 2) as shares of its side."""
    left, top, side = prepare.square(box, crop)
    target = (points - np.array((left, top), np.float32)) / np.float32(side)
    return prepare.crop(picture, box, crop), target.astype(np.float32)


def _angle(largest: float, random: np.random.Generator) -> float:
    """Half of all faces stand nearly upright, as most do; the others any way up to ``largest``."""
    if random.random() < 0.5:
        return float(np.clip(random.normal(0, largest / 4), -largest, largest))
    return float(random.uniform(-largest, largest))


def _turn(picture: Image, points: Floats, angle: float, random: np.random.Generator) -> tuple[Image, Floats]:
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    border = cv2.BORDER_REPLICATE if random.random() < 0.5 else cv2.BORDER_CONSTANT
    turned = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)
    # warpAffine counts from the middle of the first pixel, the points from its corner.
    moved = (points - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    return np.asarray(turned, np.uint8), moved.astype(np.float32)


def _jitter(box: Box, changes: PointAugment, random: np.random.Generator) -> Box:
    size = np.exp(random.uniform(np.log(changes.smaller), np.log(changes.larger)))
    stretch = np.exp(random.uniform(-changes.aspect, changes.aspect, 2))
    width, height = box.width * size * stretch[0], box.height * size * stretch[1]
    x, y = np.array(box.center) + random.uniform(-changes.shift, changes.shift, 2) * max(width, height)
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _degrade(face: Image, changes: PointAugment, random: np.random.Generator) -> Image:
    side = face.shape[0]
    if random.random() < changes.cover:
        face = _covered(face, random)
    if random.random() < changes.blur:
        face = _uint8(cv2.GaussianBlur(face, (0, 0), random.uniform(0.005, 0.03) * side))
    if random.random() < changes.coarse:
        small = max(round(side * random.uniform(0.2, 0.6)), 8)
        face = _uint8(cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA))
        face = _uint8(cv2.resize(face, (side, side), interpolation=cv2.INTER_LINEAR))
    face = _uint8(cv2.LUT(face, _curve(changes, random)))
    if random.random() < changes.noise:
        noise = random.standard_normal(face.shape, np.float32) * random.uniform(2, 15)
        face = np.clip(face + noise, 0, 255).astype(np.uint8)
    if random.random() < changes.jpeg:
        face = _jpeg(face, int(random.integers(15, 80)))
    return face


def _jpeg(face: Image, quality: int) -> Image:
    data = np.frombuffer(imageops.encode(face, ".jpg", quality), np.uint8)
    return _uint8(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def _covered(face: Image, random: np.random.Generator) -> Image:
    """A rectangle of up to 0.4 by 0.4 of the side, flat or of noise, somewhere in the crop."""
    side = face.shape[0]
    height, width = (random.uniform(0.1, 0.4, 2) * side).astype(int) + 1
    top, left = int(random.integers(0, side - height + 1)), int(random.integers(0, side - width + 1))
    level = random.integers(0, 256)
    patch = level + random.standard_normal((height, width)) * random.choice((0, 30))
    face = face.copy()
    face[top : top + height, left : left + width] = np.clip(patch, 0, 255).astype(np.uint8)
    return face


def _curve(changes: PointAugment, random: np.random.Generator) -> Image:
    """A table of 256 gray values: gamma, then gain (mostly down: dark pictures are the hard ones)."""
    gamma = 2 ** random.uniform(-changes.gamma, changes.gamma)
    gain = 2 ** (changes.gain * random.triangular(-1, 0, 1 / 3))
    ramp = np.linspace(0, 1, 256) ** gamma * gain
    return np.clip(ramp * 255, 0, 255).astype(np.uint8)


def _uint8(picture: object) -> Image:
    return np.asarray(picture, np.uint8)
