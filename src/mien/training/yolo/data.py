"""Batches of pictures with the boxes and expressions of their faces."""

import functools

import cv2
import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mien.training.draws import Draw, Draws
from mien.training.quiet import mute
from mien.training.yolo import sets
from mien.training.yolo.augment import Labelled
from mien.training.yolo.mosaic import Kept, Mosaics
from mien.training.yolo.recipe import YoloRecipe
from mien.types import Floats

Batch = dict[str, Tensor]
SELECTED = 16
"""Pictures of a step of the selection."""


class Learning(Dataset[Batch]):
    """Whole batches, each made when it is asked for."""

    def __init__(self, mosaics: Mosaics) -> None:
        self._mosaics = mosaics

    def __getitem__(self, draw: Draw) -> Batch:
        """``pictures`` (B, 3, side, side) uint8 BGR, ``boxes`` (M, 6): see `batch`."""
        random = np.random.default_rng(draw.seed)
        return batch([self._mosaics.picture(random, draw.side, plain=draw.plain) for _ in range(draw.count)])


class Selection(Dataset[Batch]):
    """Batches of the kept pictures of several sets, always the same."""

    def __init__(self, parts: list[Kept]) -> None:
        self._parts = parts
        self._places = [(part, index) for part, kept in enumerate(parts) for index in range(len(kept))]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, numbers: range) -> Batch:
        places = [self._places[number] for number in numbers]
        return batch([self._parts[part][index] for part, index in places])


def batch(given: list[Labelled]) -> Batch:
    """``pictures`` (B, 3, side, side) uint8 BGR and ``boxes`` (M, 6) float32.

    A row is the picture's number in the batch, the class (-1: unknown), the center's x and y, width and
    height in pixels.
    """
    pictures = np.stack([each.image for each in given]).transpose(0, 3, 1, 2)
    rows = np.concatenate([_rows(number, each) for number, each in enumerate(given)])
    return {"pictures": torch.from_numpy(np.ascontiguousarray(pictures)), "boxes": torch.from_numpy(rows)}


def _rows(number: int, given: Labelled) -> Floats:
    rows = np.empty((len(given.boxes), 6), np.float32)
    rows[:, 0], rows[:, 1] = number, given.targets
    rows[:, 2:4] = (given.boxes[:, :2] + given.boxes[:, 2:]) / 2
    rows[:, 4:] = given.boxes[:, 2:] - given.boxes[:, :2]
    return rows


class Scenes(LightningDataModule):
    """What ``recipe`` learns from and chooses by; each process takes its share.

    Sets are opened when they are first asked for. Raises `SourceError` then for absent data.
    """

    def __init__(self, recipe: YoloRecipe) -> None:
        super().__init__()
        self._recipe = recipe

    def setup(self, stage: str) -> None:
        mute()  # in every process: each has its own filters
        cv2.setNumThreads(1)  # there are as many processes as cores

    def train_dataloader(self) -> DataLoader[Batch]:
        recipe = self._recipe
        draws = Draws(recipe, recipe.data, *self._place(), recipe.augment.plain_epochs)
        return DataLoader(self._learning, sampler=draws, batch_size=None)

    def val_dataloader(self) -> DataLoader[Batch]:
        rank, world = self._place()
        count = len(self._selection)
        steps = [range(start, count, world)[:SELECTED] for start in range(rank, count, world * SELECTED)]
        return DataLoader(self._selection, sampler=steps, batch_size=None)

    @functools.cached_property
    def _learning(self) -> Learning:
        sources, shares = sets.learning(self._recipe.data.of("train"))
        return Learning(Mosaics(sources, shares, self._recipe.augment))

    @functools.cached_property
    def _selection(self) -> Selection:
        return Selection(sets.selection(self._recipe.data.of("select"), self._recipe.data.select_side))

    def _place(self) -> tuple[int, int]:
        return (self.trainer.global_rank, self.trainer.world_size) if self.trainer else (0, 1)
