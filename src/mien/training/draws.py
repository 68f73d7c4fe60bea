"""Batches of made pictures that follow from seed and epoch alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch.utils.data import Sampler

from mien.training.recipe import Schedule


class Steps(Protocol):
    """What a recipe says of an epoch: ``steps`` batches, of the schedule's size."""

    @property
    def seed(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def schedule(self) -> Schedule: ...


class Sides(Protocol):
    """Of how many pixels the ``sides`` of pictures are, and how often each."""

    @property
    def sides(self) -> Sequence[int]: ...
    @property
    def side_shares(self) -> Sequence[float]: ...


@dataclass(frozen=True, slots=True)
class Draw:
    """A batch to be made: its seed, the side and the count of its pictures, whether they are to be plain."""

    seed: int
    side: int
    count: int
    plain: bool = False


class Draws(Sampler[Draw]):
    """The batches of one process; they follow from the seed and the epoch alone, for an exact resume.

    Those of the last ``plain_epochs`` are plain.
    """

    def __init__(
        self, recipe: Steps, sides: Sides, rank: int = 0, world: int = 1, plain_epochs: int = 0
    ) -> None:
        self._recipe, self._sides, self._rank, self._world = recipe, sides, rank, world
        self._plain_from = recipe.schedule.epochs - plain_epochs
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before every epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._recipe.steps

    def __iter__(self) -> Iterator[Draw]:
        seed, epoch = self._recipe.seed, self._epoch
        count = max(self._recipe.schedule.batch // self._world, 1)
        # Every process draws the same sides, so that none waits for another's larger pictures.
        random = np.random.default_rng((seed, epoch))
        for step in range(len(self)):
            side = int(random.choice(self._sides.sides, p=self._sides.side_shares))
            start = (seed * 10_007 + epoch) * 100_003 + step
            yield Draw(start * self._world + self._rank, side, count, epoch >= self._plain_from)
