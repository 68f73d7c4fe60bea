"""The pictures to choose a detector by: whole ones, some turned or dark, and some without faces."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mien import imageops
from mien.scenes._backgrounds import background
from mien.scenes.base import Scene
from mien.training.detection.pictures import boxes_of
from mien.training.detection.targets import turned_boxes
from mien.types import Floats, Image

SIDE = 416
KINDS = ("plain", "turned", "dark", "empty")
TURN = 30.0
GAIN = 0.12
EVERY = 3
"""Each third picture is also shown turned and dark: enough to choose by."""
EMPTY = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of (SIDE, SIDE, 3) uint8 BGR, its boxes (N, 4) and which of `KINDS` it is.

    What is found on one of the places ``ignored`` (K, 4) is neither right nor wrong.
    """

    image: Image
    boxes: Floats
    kind: int
    ignored: Floats


class Selection(Dataset[dict[str, Tensor]]):
    """Scenes whose boxes are complete, in memory; boxes stay here and are looked up by the picture's number.

    Each process reads its own: handing half a gigabyte over takes longer.
    """

    def __init__(self, scenes: Sequence[Scene]) -> None:
        self._scenes = scenes

    @functools.cached_property
    def shown(self) -> list[Shown]:
        """All pictures, in order."""
        return _all(self._scenes)

    def __len__(self) -> int:
        return len(self.shown)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        image = np.ascontiguousarray(self.shown[index].image.transpose(2, 0, 1))
        return {"pictures": torch.from_numpy(image), "index": torch.tensor(index)}


def _all(scenes: Sequence[Scene]) -> list[Shown]:
    shown = []
    for number, scene in enumerate(scenes):
        image, scale = imageops.letterbox(scene.image(), SIDE, 32)
        square = np.zeros((SIDE, SIDE, 3), np.uint8)
        square[: image.shape[0], : image.shape[1]] = image
        boxes, ignored = (boxes_of(scene, ignore=ignore) * scale for ignore in (False, True))
        shown.append(Shown(square, boxes, 0, ignored))
        if number % EVERY == 0:
            shown += [_turned(square, boxes, ignored), Shown(_darkened(square), boxes, 2, ignored)]
    random = np.random.default_rng(7)
    nothing = np.empty((0, 4), np.float32)
    return shown + [Shown(background(random, SIDE, SIDE), nothing, 3, nothing) for _ in range(EMPTY)]


def _turned(image: Image, boxes: Floats, ignored: Floats) -> Shown:
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), TURN, 1.0).astype(np.float32)
    turned = np.asarray(cv2.warpAffine(image, matrix, (SIDE, SIDE)), np.uint8)
    moved = turned_boxes(boxes, matrix)
    center = (moved[:, :2] + moved[:, 2:]) / 2
    inside = ((center > 0) & (center < SIDE)).all(axis=1)
    return Shown(turned, moved[inside], 1, turned_boxes(ignored, matrix))


def _darkened(image: Image) -> Image:
    return np.asarray(np.round(image * GAIN), np.uint8)
