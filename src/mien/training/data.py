"""Batches for training, through the very step that the runtime uses (`mien.prepare.tensor`)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from mien import prepare
from mien.artifact import InputSpec
from mien.datasets.base import Samples
from mien.training.augment import augment
from mien.training.quiet import mute
from mien.training.recipe import AugmentOptions, Recipe


@dataclass(frozen=True, slots=True)
class Pick:
    """Which samples make a batch, and the seed of its random changes."""

    indices: Tensor
    seed: int


class Picks(Sampler[Pick]):
    """The batches of one process.

    With ``shuffle`` the order follows from the seed and the epoch alone, so that a resumed training goes on
    as if it had never stopped, and every process gets as many batches; without it, each sample comes once.
    """

    def __init__(
        self, count: int, batch: int, *, shuffle: bool, seed: int = 0, rank: int = 0, world: int = 1
    ):
        self._count, self._shuffle, self._seed = count, shuffle, seed
        self._rank, self._world = rank, world
        self._batch = max(batch // world, 1)
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before every epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        if self._shuffle:
            return max(self._count // (self._batch * self._world), 1)
        return math.ceil(len(range(self._rank, self._count, self._world)) / self._batch)

    def __iter__(self) -> Iterator[Pick]:
        generator = torch.Generator().manual_seed(self._seed * 10_007 + self._epoch)
        if self._shuffle:
            order = torch.randperm(self._count, generator=generator)
        else:
            order = torch.arange(self._count)
        mine = order[self._rank :: self._world]
        for step in range(len(self)):
            seed = ((self._seed * 10_007 + self._epoch) * 100_003 + step) * self._world + self._rank
            yield Pick(mine[step * self._batch : (step + 1) * self._batch], seed)


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """Samples as tensors, a whole batch at a time; pixels stay uint8 in memory until they are asked for."""

    def __init__(self, samples: Samples, spec: InputSpec, changes: AugmentOptions | None = None) -> None:
        self._images, self._targets = torch.from_numpy(samples.images), torch.from_numpy(samples.targets)
        self._spec, self._changes = spec, changes

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, pick: Pick) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) float32 and (B,) int64; changed at random where that was asked for."""
        batch = torch.from_numpy(prepare.tensor(self._images[pick.indices].numpy(), self._spec))
        if self._changes is not None:
            batch = augment(batch, self._changes, torch.Generator().manual_seed(pick.seed))
        return batch, self._targets[pick.indices]


def loader(batches: Batches, picks: Picks) -> DataLoader[tuple[Tensor, Tensor]]:
    """Batches are made whole by `Batches`, so nothing is left to collate and one process is fastest."""
    return DataLoader(batches, sampler=picks, batch_size=None)


class Faces(LightningDataModule):
    """The learning and the selection part, in memory; each process takes its share of both."""

    def __init__(self, train: Samples, select: Samples, recipe: Recipe) -> None:
        super().__init__()
        self._train = Batches(train, recipe.input, recipe.augment)
        self._select = Batches(select, recipe.input)
        self._batch, self._seed = recipe.schedule.batch, recipe.seed

    def setup(self, stage: str) -> None:
        mute()  # in every process: each has its own filters

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        picks = Picks(len(self._train), self._batch, shuffle=True, seed=self._seed, **self._place())
        return loader(self._train, picks)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        return loader(self._select, Picks(len(self._select), 512, shuffle=False, **self._place()))

    def _place(self) -> dict[str, int]:
        trainer = self.trainer
        return {"rank": trainer.global_rank, "world": trainer.world_size} if trainer else {}
