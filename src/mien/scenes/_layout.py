"""Where faces stand in a composed scene, and the boxes that follow from that."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mien.errors import BadOption
from mien.types import Box

Random = np.random.Generator
ASPECT = 0.83
"""A tight face box's width over its height: the median of 233 boxes that `mien_face` drew on FER2013."""
TRIES = 25
OVERHANG = 0.08
"""At most this share of a face's box leaves the picture at a side."""
ALIKE = (0.75, 1.33)
MOST_ROWS = 7
FILLED = (0.75, 0.95)
"""How high faces of a collage are, as a share of their place."""


@dataclass(frozen=True, slots=True)
class LayoutOptions:
    """``faces`` is the largest number of them, few being likelier; the share ``empty`` of scenes has none.

    Faces are ``smallest`` to ``largest`` pixels high and turned by up to ``angle`` degrees. ``overlap`` is
    the share of the smaller of two boxes that both may cover. Up to ``decoys`` pieces that are no faces are
    laid between them in the same manner. In the share ``rows`` of scenes faces stand beside and below each
    other, as in a collage, as many as fit.
    """

    faces: int = 16
    empty: float = 0.04
    smallest: float = 16.0
    largest: float = 220.0
    angle: float = 30.0
    overlap: float = 0.12
    decoys: int = 3
    rows: float = 0.0

    def __post_init__(self) -> None:
        if self.faces < 1 or not 0 < self.smallest <= self.largest:
            raise BadOption(
                f"faces={self.faces}, smallest={self.smallest}, largest={self.largest}: give at least one "
                "face, and sizes in pixels of which the largest is no less than the smallest."
            )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a head stands: its middle ``x``, ``y`` and upright face ``height`` in pixels.

    It is turned clockwise by ``angle`` degrees.
    """

    x: float
    y: float
    height: float
    angle: float = 0.0

    @property
    def box(self) -> Box:
        """The box around the turned ellipse that the upright box is drawn around."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        half_w = math.hypot(ASPECT * cos, sin) * self.height / 2
        half_h = math.hypot(ASPECT * sin, cos) * self.height / 2
        return Box(self.x - half_w, self.y - half_h, self.x + half_w, self.y + half_h)


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of ``faces`` and of ``decoys``, in a picture of ``width`` x ``height`` pixels.

    ``collage``: the faces stand in rows, each a picture of its own.
    """

    width: int
    height: int
    faces: tuple[Place, ...]
    decoys: tuple[Place, ...]
    collage: bool = False

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The faces' boxes, cut to the picture."""
        return tuple(_cut(place.box, self.width, self.height) for place in self.faces)


def layout(random: Random, width: int, height: int, options: LayoutOptions) -> Layout:
    """Places for a picture of ``width`` x ``height``; a crowd's faces are smaller, so that they have room."""
    if options.rows and random.random() < options.rows:
        return _collage(random, width, height, options)
    largest = min(options.largest, 0.85 * min(width, height))
    smallest = min(options.smallest, largest)
    count = (
        0 if random.random() < options.empty else int(math.exp(random.random() * math.log(options.faces + 1)))
    )
    room = math.sqrt(0.5 * width * height / max(count, 1))
    heights = _heights(random, count, smallest, max(min(largest, room), smallest))
    faces: list[Place] = []
    for each in heights:
        faces += _found(random, each, faces, (width, height), options)
    decoys: list[Place] = []
    others = int(random.integers(options.decoys + 1))
    for each in _heights(random, others, smallest, max(largest / 2, smallest)):
        decoys += _found(random, each, [*faces, *decoys], (width, height), options)
    return Layout(width, height, tuple(faces), tuple(decoys))


def _collage(random: Random, width: int, height: int, options: LayoutOptions) -> Layout:
    """Faces in rows, two to `MOST_ROWS` of them along the shorter side, fewer where they do not fit."""
    short = min(width, height)
    cell = min(max(short / int(random.integers(2, MOST_ROWS + 1)), options.smallest), short)
    middles = np.mgrid[0 : int(height / cell), 0 : int(width / cell)].reshape(2, -1).T * cell + cell / 2
    faces = (
        Place(x, y, cell * between(random, *FILLED), _angle(random, options.angle / 2))
        for y, x in middles.tolist()
    )
    return Layout(width, height, tuple(faces), (), collage=True)


def _angle(random: Random, most: float) -> float:
    return float(np.clip(random.normal(0, most / 2.5), -most, most))


def _heights(random: Random, count: int, low: float, high: float) -> list[float]:
    """Largest first: those find room while there is most. In half of all scenes they are much alike."""
    if random.random() < 0.5:
        middle = between(random, low, high)
        found = [float(np.clip(middle * between(random, *ALIKE), low, high)) for _ in range(count)]
    else:
        found = [between(random, low, high) for _ in range(count)]
    return sorted(found, reverse=True)


def _found(
    random: Random, tall: float, others: Sequence[Place], size: tuple[int, int], options: LayoutOptions
) -> list[Place]:
    """A place for a face ``tall`` pixels high that keeps clear of ``others``; none where there is no room."""
    boxes = [place.box for place in others]
    for _ in range(TRIES):
        angle = _angle(random, options.angle)
        half = Place(0, 0, tall, angle).box
        reach = 1 - 2 * OVERHANG
        x = random.uniform(half.x2 * reach, size[0] - half.x2 * reach)
        y = random.uniform(half.y2 * reach, size[1] - half.y2 * reach)
        place = Place(x, y, tall, angle)
        if all(_shared(place.box, box) <= options.overlap for box in boxes):
            return [place]
    return []


def _shared(first: Box, second: Box) -> float:
    """The share of the smaller box that both cover."""
    wide = min(first.x2, second.x2) - max(first.x1, second.x1)
    high = min(first.y2, second.y2) - max(first.y1, second.y1)
    return max(wide, 0) * max(high, 0) / min(first.area, second.area)


def _cut(box: Box, width: int, height: int) -> Box:
    return Box(max(box.x1, 0.0), max(box.y1, 0.0), min(box.x2, float(width)), min(box.y2, float(height)))


def between(random: Random, low: float, high: float) -> float:
    """Drawn so that each doubling is as likely as another."""
    return math.exp(random.uniform(math.log(low), math.log(high)))
