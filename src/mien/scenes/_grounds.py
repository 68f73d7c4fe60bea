"""Face-free grounds for composed scenes: cuts of photographs without faces, and made pictures."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from mien.scenes._backgrounds import background
from mien.types import Floats, Image

Random = np.random.Generator
TRIES = 12
SHARES = (0.25, 1.0)
"""A cut's side as a share of the longest that fits into the photograph."""
ROOM = 0.35
"""Given boxes are kept clear of by this share of their sides: hair and ears stay away too."""
MOST = 0.5
"""Photographs of whose area boxes with their room cover more than this are not cut."""


class Pictures(Protocol):
    """Anything that gives pictures (H, W, 3) uint8 BGR by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Image: ...


class Grounds:
    """Cuts out of ``pictures``, all of whose faces ``boxes`` state: an (N, 4) array for each."""

    def __init__(self, pictures: Pictures, boxes: Sequence[Floats]) -> None:
        self._pictures = pictures
        self._boxes = [_roomy(each) for each in boxes]

    def cut(self, random: Random, width: int, height: int) -> Image:
        """(height, width, 3) uint8 BGR that shows no known face; the caller's own to draw on.

        Made by code where no free place is found.
        """
        for _ in range(3 if len(self._pictures) else 0):
            found = self._free(random, width, height)
            if found is not None:
                return found
        return background(random, width, height)

    def _free(self, random: Random, width: int, height: int) -> Image | None:
        index = int(random.integers(len(self._pictures)))
        image, boxes = self._pictures[index], self._boxes[index]
        fit = min(image.shape[1] / width, image.shape[0] / height)
        for _ in range(TRIES):
            share = random.uniform(*SHARES) * fit
            wide, high = max(int(share * width), 1), max(int(share * height), 1)
            left = int(random.integers(0, image.shape[1] - wide + 1))
            top = int(random.integers(0, image.shape[0] - high + 1))
            if not _touched(boxes, left, top, left + wide, top + high):
                return _scaled(random, image[top : top + high, left : left + wide], width, height)
        return None


def usable(boxes: Floats, width: int, height: int) -> bool:
    """Whether a photograph with faces at ``boxes`` (N, 4) leaves enough free to be cut."""
    roomy = _roomy(boxes)
    low, high = np.clip(roomy[:, :2], 0, (width, height)), np.clip(roomy[:, 2:], 0, (width, height))
    return float(np.prod(high - low, axis=1).sum()) <= MOST * width * height


def _roomy(boxes: Floats) -> Floats:
    """Boxes grown above and beside, and by twice as much below, where neck and chest are."""
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    grown = np.stack((-ROOM * wide, -ROOM * high, ROOM * wide, 2 * ROOM * high), axis=1)
    return np.asarray(boxes + grown, np.float32).reshape(-1, 4)


def _touched(boxes: Floats, x1: int, y1: int, x2: int, y2: int) -> bool:
    touching = (boxes[:, 0] < x2) & (boxes[:, 2] > x1) & (boxes[:, 1] < y2) & (boxes[:, 3] > y1)
    return bool(touching.any())


def _scaled(random: Random, part: Image, width: int, height: int) -> Image:
    method = cv2.INTER_AREA if part.shape[1] > width else cv2.INTER_LINEAR
    if random.random() < 0.5:
        part = part[:, ::-1]
    scaled = cv2.resize(part, (width, height), interpolation=method)
    return np.array(scaled, np.uint8) if scaled.base is not None else np.asarray(scaled, np.uint8)
