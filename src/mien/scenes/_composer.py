"""Scenes composed of gray face crops on face-free grounds: every face's box and expression are known."""

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mien import geometry
from mien.scenes import _heads
from mien.scenes._backgrounds import emblem, scrambled
from mien.scenes._grounds import Grounds
from mien.scenes._layout import Layout, LayoutOptions, Random, between, layout
from mien.types import Floats, Image

Indices = npt.NDArray[np.int64]
GRAY = 0.3
"""The share of scenes without colour."""
GRAY_FACES = 0.08
"""The share of faces that are gray in a scene with colours, as on a poster or a screen."""
BODIES = 0.6
"""The share of heads with hair, neck and shoulders."""
WHOLE = 0.7
"""The share of collages that show the faces' pictures up to their borders."""
LIGHT, GRAIN, BLUR, JPEG = 0.4, 0.5, 0.12, 0.15
"""Shares of scenes that are lit from a side, grainy, blurred, stored with loss."""
GRAIN_SIDE = 640
EMBLEM_SIDE = 96


@dataclass(frozen=True, slots=True)
class Plan:
    """A scene before it is painted: where faces stand, and which: (N,) indices of crops."""

    layout: Layout
    picks: Indices

    @property
    def boxes(self) -> Floats:
        """(N, 4) float32, x1, y1, x2, y2 in pixels, cut to the picture."""
        return geometry.as_array(self.layout.boxes)


@dataclass(frozen=True, slots=True)
class Composition:
    """A finished scene: ``image`` (H, W, 3) uint8 BGR, ``boxes`` (N, 4) float32 in pixels, ``targets`` (N,).

    Targets are indices into `mien.labels.FER7`.
    """

    image: Image
    boxes: Floats
    targets: Indices


class Composer:
    """Makes scenes of ``crops`` (N, S, S) uint8 gray, each of one of the expressions ``targets`` (N,).

    ``balance`` 0 draws every crop as often, 1 every expression as often; between them, rare expressions
    come more often than they are. The share ``emblems`` of what lies in a scene and is no face are badges.
    """

    def __init__(
        self,
        crops: Image,
        targets: Indices,
        grounds: Grounds,
        options: LayoutOptions | None = None,
        *,
        balance: float = 0.0,
        emblems: float = 0.0,
    ) -> None:
        self._emblems = emblems
        self.targets, self._crops, self._grounds = targets, crops, grounds
        self._options = options or LayoutOptions()
        counts = np.maximum(np.bincount(targets), 1)
        weights = (1 / counts[targets]) ** balance
        self._ends = np.cumsum(weights / weights.sum())

    def plan(self, random: Random, width: int, height: int) -> Plan:
        """Draw a scene of ``width`` x ``height`` pixels; costs little."""
        places = layout(random, width, height, self._options)
        return Plan(places, self._draw(random, len(places.faces)))

    def paint(self, random: Random, plan: Plan) -> Image:
        """(H, W, 3) uint8 BGR of ``plan``; ``random`` is the generator that drew it."""
        places = plan.layout
        image = self._grounds.cut(random, places.width, places.height)
        gray = random.random() < GRAY
        faces = list(zip(places.faces, (self._crops[index] for index in plan.picks), strict=True))
        decoys = []
        for place in places.decoys:
            if self._emblems and random.random() < self._emblems:  # under heads: part of the ground
                _heads.paste(image, emblem(random, EMBLEM_SIDE), _disc(), place)
            else:
                decoys.append((place, self._decoy(random)))
        everything = sorted([*faces, *decoys], key=lambda pair: pair[0].height)
        whole = places.collage and random.random() < WHOLE
        for place, _ in everything:
            if not places.collage and random.random() < BODIES:
                _heads.body(random, image, place)
        for place, crop in everything:
            shades = _heads.shades(random, gray or random.random() < GRAY_FACES)
            _heads.lay(random, image, crop, place, shades, whole=whole)
        return _finish(random, image, gray)

    def _draw(self, random: Random, count: int) -> Indices:
        found = np.searchsorted(self._ends, random.random(count), side="right")
        return np.minimum(found, len(self._ends) - 1).astype(np.int64)

    def _decoy(self, random: Random) -> Image:
        """What lies in a scene as a face does but is none: a piece of a ground, or a face in disorder."""
        side = self._crops.shape[1]
        if random.random() < 0.5:
            face = self._crops[self._draw(random, 1)[0]]
            mixed = scrambled(random, np.asarray(cv2.merge((face, face, face)), np.uint8), least=3)
            return np.asarray(cv2.resize(mixed[:, :, 0], (side, side)), np.uint8)
        return np.asarray(cv2.cvtColor(self._grounds.cut(random, side, side), cv2.COLOR_BGR2GRAY), np.uint8)


@functools.cache
def _disc() -> Floats:
    """What a badge covers of its square: 1 in the circle, 0 beside it."""
    mask = np.zeros((EMBLEM_SIDE, EMBLEM_SIDE), np.uint8)
    cv2.circle(mask, (EMBLEM_SIDE // 2,) * 2, EMBLEM_SIDE // 2 - 1, 255, -1, cv2.LINE_AA)
    return np.asarray(mask / np.float32(255), np.float32)


def _finish(random: Random, image: Image, gray: bool) -> Image:
    """What is done to the whole scene, so that faces and ground go through the same: light, blur, grain."""
    if gray:
        image = np.asarray(
            cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8
        )
    if random.random() < LIGHT:
        image = _lit(random, image)
    if random.random() < BLUR:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.2)), np.uint8)
    if random.random() < GRAIN:
        image = _grainy(random, image)
    if random.random() < JPEG:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(35, 90))])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image


def _lit(random: Random, image: Image) -> Image:
    """Brighter towards one corner than towards another."""
    gains = np.clip(random.uniform(0.45, 1.35, (2, 2, 1)) * 128, 0, 255)
    corners = np.repeat(gains, 3, axis=2).astype(np.uint8)
    field = cv2.resize(corners, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(image, field, scale=1 / 128), np.uint8)


def _grainy(random: Random, image: Image) -> Image:
    """Grain of a drawn strength; one field is shifted about, for drawing it anew costs ten times as much."""
    grain = _grain(random.random() < 0.5)
    height, width = image.shape[:2]
    if max(height, width) > GRAIN_SIDE:
        grain = np.tile(grain, (height // GRAIN_SIDE + 1, width // GRAIN_SIDE + 1, 1))
    top, left = (int(random.integers(0, grain.shape[axis] - image.shape[axis] + 1)) for axis in (0, 1))
    part = grain[top : top + height, left : left + width]
    strength = between(random, 1.5, 14)
    return np.asarray(cv2.addWeighted(image, 1, part, strength / 16, 0, dtype=cv2.CV_8U), np.uint8)


@functools.cache
def _grain(coloured: bool) -> npt.NDArray[np.int16]:
    noise = np.random.default_rng(int(coloured)).standard_normal(
        (GRAIN_SIDE, GRAIN_SIDE, 3 if coloured else 1)
    )
    return np.ascontiguousarray(np.broadcast_to(noise * 16, (GRAIN_SIDE, GRAIN_SIDE, 3)).astype(np.int16))
