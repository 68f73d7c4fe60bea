"""Batches for training, through the very step that the runtime uses (`mien.prepare.tensor`)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from mien import prepare
from mien.artifact import InputSpec
from mien.datasets.base import Samples
from mien.errors import ModelError
from mien.training.augment import augment
from mien.training.balance import draw_weights
from mien.training.mix import mix, mixes
from mien.training.parts import Part
from mien.training.quiet import mute
from mien.training.recipe import AugmentOptions, Recipe
from mien.types import Floats

VALIDATED = 512 * 64 * 64
"""Pixels that are validated at once: what a network makes of them takes hundreds of times their memory."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Which samples make a batch, and the seed of its random changes."""

    indices: Tensor
    seed: int


class Picks(Sampler[Pick]):
    """The batches of one process.

    With ``shuffle`` the order follows from the seed and the epoch alone, so that a resumed training goes on
    as if it had never stopped, and every process gets as many batches; without it, each sample comes once.
    With ``weights`` (count,), samples are drawn by them with putting back, in place of each once an epoch.
    """

    def __init__(
        self,
        count: int,
        batch: int,
        weights: Tensor | None = None,
        /,
        *,
        shuffle: bool,
        seed: int = 0,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._count, self._shuffle, self._seed, self._weights = count, shuffle, seed, weights
        self._rank, self._world = rank, world
        self._batch = max(batch // world, 1)
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before every epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        if self._shuffle:
            return max(self._count // (self._batch * self._world), 1)
        return math.ceil(len(range(self._first, self._count, self._world)) / self._batch)

    @property
    def _first(self) -> int:
        """Where this process begins; there may be fewer pictures than processes, which then share them."""
        return self._rank % max(self._count, 1)

    def __iter__(self) -> Iterator[Pick]:
        mine = self._order()[self._first :: self._world]
        for step in range(len(self)):
            seed = ((self._seed * 10_007 + self._epoch) * 100_003 + step) * self._world + self._rank
            yield Pick(mine[step * self._batch : (step + 1) * self._batch], seed)

    def _order(self) -> Tensor:
        if not self._shuffle:
            return torch.arange(self._count)
        generator = torch.Generator().manual_seed(self._seed * 10_007 + self._epoch)
        if self._weights is None:
            return torch.randperm(self._count, generator=generator)
        return torch.multinomial(self._weights, self._count, replacement=True, generator=generator)


class Batches(Dataset[tuple[Tensor, Tensor]]):
    """Samples as tensors, a whole batch at a time; pixels stay uint8 in memory until they are asked for.

    ``votes`` (N, K) float32 are learned in place of the labels, where given; mixing pictures needs them.
    """

    def __init__(
        self,
        samples: Samples,
        spec: InputSpec,
        changes: AugmentOptions | None = None,
        votes: Floats | None = None,
    ) -> None:
        self._images = torch.from_numpy(samples.images)
        self._targets = torch.from_numpy(samples.targets if votes is None else votes)
        self._spec, self._changes = spec, changes

    def __len__(self) -> int:
        return len(self._targets)

    def __getitem__(self, pick: Pick) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) float32, and (B,) int64 or (B, K) float32; changed at random where asked for."""
        batch = torch.from_numpy(prepare.tensor(self._images[pick.indices].numpy(), self._spec))
        targets = self._targets[pick.indices]
        if self._changes is None:
            return batch, targets
        batch = augment(batch, self._changes, torch.Generator().manual_seed(pick.seed))
        return mix(batch, targets, self._changes, pick.seed)


def loader(batches: Batches, picks: Picks) -> DataLoader[tuple[Tensor, Tensor]]:
    """Batches are made whole by `Batches`, so nothing is left to collate and one process is fastest."""
    return DataLoader(batches, sampler=picks, batch_size=None)


class Faces(LightningDataModule):
    """The learning and the selection part, in memory; each process takes its share of both."""

    def __init__(self, train: Part, select: Part, recipe: Recipe, classes: int) -> None:
        super().__init__()
        votes = train.samples.soft
        if votes is None and mixes(recipe.augment):
            votes = np.eye(classes, dtype=np.float32)[train.samples.targets]
        self._train = Batches(train.samples, recipe.input, recipe.augment, votes)
        self._select = Batches(select.samples, recipe.input)
        self._weights = draw_weights(train, recipe.data.balance == "sampling")
        self._batch, self._seed = recipe.schedule.batch, recipe.seed
        self._validated = max(min(VALIDATED // (recipe.input.width * recipe.input.height), 512), 1)

    @property
    def _counts(self) -> list[int]:
        return [len(self._train), len(self._select)]

    def state_dict(self) -> dict[str, Any]:
        """What Lightning puts into each checkpoint."""
        return {"pictures": self._counts}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Raise `ModelError` where a training that is resumed had other pictures than there are now.

        Its steps would be others, and its best score one of another selection.
        """
        if state_dict["pictures"] != self._counts:
            (train, select), (learned, chosen) = self._counts, state_dict["pictures"]
            raise ModelError(
                f"The training had {learned} pictures to learn from and {chosen} to choose by, now there are "
                f"{train} and {select}. Resume with the same ones, or train into another folder (--out)."
            )

    def setup(self, stage: str) -> None:
        mute()  # in every process: each has its own filters

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        rank, world = self._place()
        picks = Picks(
            len(self._train),
            self._batch,
            self._weights,
            shuffle=True,
            seed=self._seed,
            rank=rank,
            world=world,
        )
        return loader(self._train, picks)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        rank, world = self._place()
        picks = Picks(len(self._select), self._validated, shuffle=False, rank=rank, world=world)
        return loader(self._select, picks)

    def _place(self) -> tuple[int, int]:
        """Which of how many processes this is."""
        trainer = self.trainer
        return (trainer.global_rank, trainer.world_size) if trainer else (0, 1)
