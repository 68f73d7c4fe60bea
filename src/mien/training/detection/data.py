"""Batches of composed pictures with what every cell shall say."""

import functools
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mien.errors import BadOption
from mien.training.detection import degrade
from mien.training.detection.compose import Composer
from mien.training.detection.faces import Faces
from mien.training.detection.maps import Cells
from mien.training.detection.options import ComposeOptions, DegradeOptions, SceneOptions
from mien.training.detection.pictures import Pictures
from mien.training.detection.recipe import DetectionRecipe
from mien.training.detection.selection import Selection
from mien.training.detection.targets import targets
from mien.training.detection.teacher import Teacher
from mien.training.draws import Draw, Draws
from mien.training.quiet import mute
from mien.types import Image

Batch = dict[str, Tensor]
VARIANTS = 2
"""So often a composed picture is used: composing, and the teacher's look, take a third of the time."""
SELECTED = 16
"""Pictures of a step of the selection."""


class Composed(Dataset[Batch]):
    """Whole batches, each made when it is asked for.

    Pixels and teacher are opened by the process that uses them: neither can be handed to another.
    """

    def __init__(
        self, pictures: Pictures, scenes: SceneOptions, compose: ComposeOptions, spoil: DegradeOptions
    ) -> None:
        self._pictures, self._scenes, self._compose, self._spoil = pictures, scenes, compose, spoil
        self._shares = shares(pictures.sources, scenes.by_source)

    @functools.cached_property
    def _composer(self) -> Composer:
        return Composer(self._pictures.open(), self._compose, self._shares)

    @functools.cached_property
    def _teacher(self) -> Teacher:
        return Teacher(self._scenes.teacher)

    def __getitem__(self, draw: Draw) -> Batch:
        """``pictures`` (B, 3, side, side) uint8 and the targets that `losses.loss` wants."""
        random = np.random.default_rng(draw.seed)
        made: list[dict[str, npt.NDArray[Any]]] = []
        while len(made) < draw.count:
            made += self._variants(random, draw.side, min(VARIANTS, draw.count - len(made)))
        stacked = {name: np.stack([each[name] for each in made]) for name in made[0]}
        return {name: torch.from_numpy(values) for name, values in stacked.items()}

    def _variants(
        self, random: np.random.Generator, side: int, count: int
    ) -> list[dict[str, npt.NDArray[Any]]]:
        """One composed picture, which the teacher sees once, spoilt in ``count`` ways."""
        image, faces = self._composer.picture(random, side)
        cells = self._teacher.maps(image)
        return [self._spoilt(random, image, faces, cells) for _ in range(count)]

    def _spoilt(
        self, random: np.random.Generator, image: Image, faces: Faces, cells: Cells
    ) -> dict[str, npt.NDArray[Any]]:
        side = image.shape[0]
        image = degrade.cover(random, image, faces, self._spoil)
        matrix = degrade.turn(random, self._spoil, side)
        goal = targets(cells, faces, side, side, matrix)
        if matrix is not None:
            image = degrade.turned(random, image, matrix)
        image = degrade.spoil(random, image, self._spoil)
        return {
            "pictures": np.ascontiguousarray(image.transpose(2, 0, 1)),
            "scores": goal.scores,
            "weights": goal.weights,
            "boxes": goal.boxes,
            "points": goal.points.reshape(len(goal.scores), -1),
        }


def shares(sources: tuple[str, ...], weights: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """How often each picture is drawn, by the weight of its source (1 where none is given).

    Raises `BadOption` where none would ever be drawn.
    """
    found = np.array([weights.get(source, 1.0) for source in sources])
    if not found.any():
        raise BadOption(f"weights={dict(weights)} leave nothing to learn from. Give some source more than 0.")
    return found


class Scenes(LightningDataModule):
    """Composed pictures to learn from, and whole pictures to choose by; each process takes its share."""

    def __init__(self, learning: Composed, selection: Selection, recipe: DetectionRecipe) -> None:
        super().__init__()
        self._learning, self._selection, self._recipe = learning, selection, recipe

    def setup(self, stage: str) -> None:
        mute()  # in every process: each has its own filters
        cv2.setNumThreads(1)  # there are as many processes as cores

    def train_dataloader(self) -> DataLoader[Batch]:
        draws = Draws(self._recipe, self._recipe.compose, *self._place())
        return DataLoader(self._learning, sampler=draws, batch_size=None)

    def val_dataloader(self) -> DataLoader[Batch]:
        rank, world = self._place()
        share = range(rank, len(self._selection), world)
        return DataLoader(self._selection, sampler=list(share), batch_size=SELECTED)

    def _place(self) -> tuple[int, int]:
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
