"""The numbers of a data set's faces, in memory."""

import logging
from dataclasses import dataclass

import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mien import registry
from mien.classifiers._face_numbers import FaceNumbers
from mien.datasets.base import Samples
from mien.landmarkers.base import Landmarker
from mien.training.data import Pick, Picks
from mien.training.geometry.recipe import GeometryRecipe
from mien.training.quiet import mute
from mien.types import Floats

STEP = 2048
logger = logging.getLogger(__name__)


def numbers(recipe: GeometryRecipe, samples: Samples, *, mirrored: bool = False) -> Floats:
    """(N, COUNT) float32 of ``samples``, or of their mirror pictures: 2 ms a face."""
    landmarker: Landmarker = registry.load("landmarkers", recipe.landmarker)
    see = FaceNumbers(landmarker.locate, recipe.input, recipe.crop)
    images = np.ascontiguousarray(samples.images[:, :, ::-1]) if mirrored else samples.images
    parts = []
    for at in range(0, len(images), STEP):
        parts.append(see(images[at : at + STEP]))
        logger.info("looked at %d of %d faces", min(at + STEP, len(images)), len(images))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Measured(Dataset[tuple[Tensor, Tensor]]):
    """Numbers (N, COUNT) float32 and labels (N,) int64, a whole batch at a time."""

    numbers: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, pick: Pick) -> tuple[Tensor, Tensor]:
        return self.numbers[pick.indices], self.targets[pick.indices]


def measured(recipe: GeometryRecipe, samples: Samples, *, mirror: bool) -> Measured:
    """``samples`` as numbers; with ``mirror``, each a second time as in a mirror."""
    ways = [numbers(recipe, samples, mirrored=way) for way in ((False, True) if mirror else (False,))]
    targets = np.tile(samples.targets, len(ways))
    return Measured(torch.from_numpy(np.concatenate(ways)), torch.from_numpy(targets))


class MeasuredFaces(LightningDataModule):
    """The learning and the selection part. One process: a step takes less time than its bookkeeping."""

    def __init__(self, train: Measured, select: Measured, batch: int, seed: int) -> None:
        super().__init__()
        self._train, self._select, self._batch, self._seed = train, select, batch, seed

    def setup(self, stage: str) -> None:
        mute()

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        picks = Picks(len(self._train), self._batch, shuffle=True, seed=self._seed)
        return DataLoader(self._train, sampler=picks, batch_size=None)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        return DataLoader(
            self._select, sampler=Picks(len(self._select), 4096, shuffle=False), batch_size=None
        )
