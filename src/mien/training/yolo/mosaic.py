"""Pictures to learn from: one of a source's, or four of several sources' side by side."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mien.scenes._store import Store
from mien.scenes.base import Endless
from mien.training.yolo.augment import Labelled, Random, changed, placed, seen
from mien.training.yolo.options import AugmentOptions

BLACK = 0.5
"""How often what lies beside a picture is black, as in the runtime's letterbox; else it is of one gray."""
MIDDLE = (0.3, 0.7)
"""Where the four pictures of a mosaic meet, as a share of its sides."""


class Source(Protocol):
    """Gives pictures of any size."""

    def picture(self, random: Random, width: int, height: int, options: AugmentOptions) -> Labelled: ...


class Fresh:
    """Scenes without end, each made for the size that is asked for."""

    def __init__(self, scenes: Endless) -> None:
        self._scenes = scenes

    def picture(self, random: Random, width: int, height: int, options: AugmentOptions) -> Labelled:
        made = self._scenes.compose(random, width, height)
        return seen(made.image, made.boxes, made.targets)


class Kept:
    """Stored pictures, fitted into the size that is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ends = np.cumsum(store.labels["counts"])

    def __len__(self) -> int:
        return len(self._store)

    def __getitem__(self, index: int) -> Labelled:
        labels, end = self._store.labels, self._ends[index]
        rows = slice(end - labels["counts"][index], end)
        return Labelled(self._store[index], labels["boxes"][rows], labels["targets"][rows])

    def picture(self, random: Random, width: int, height: int, options: AugmentOptions) -> Labelled:
        fill = 0 if random.random() < BLACK else int(random.integers(256))
        ground = np.full((height, width, 3), fill, np.uint8)
        return placed(random, self[int(random.integers(len(self)))], ground, options)


class Mosaics:
    """Draws from ``sources`` as often as their ``shares`` say."""

    def __init__(self, sources: Sequence[Source], shares: Sequence[float], options: AugmentOptions) -> None:
        self._sources, self._options = sources, options
        self._ends = np.cumsum(shares) / sum(shares)

    def picture(self, random: Random, side: int, *, plain: bool = False) -> Labelled:
        """A learning picture of ``side`` x ``side`` pixels; with ``plain``, none is a mosaic."""
        if plain or random.random() >= self._options.mosaic:
            return changed(random, self._one(random, side, side), self._options)
        return changed(random, self._four(random, side), self._options)

    def _one(self, random: Random, width: int, height: int) -> Labelled:
        chosen = min(int(np.searchsorted(self._ends, random.random(), side="right")), len(self._sources) - 1)
        return self._sources[chosen].picture(random, width, height, self._options)

    def _four(self, random: Random, side: int) -> Labelled:
        image = np.empty((side, side, 3), np.uint8)
        across, down = (round(random.uniform(*MIDDLE) * side) for _ in range(2))
        boxes: list[npt.NDArray[np.float32]] = []
        targets: list[npt.NDArray[np.int64]] = []
        for top, bottom in ((0, down), (down, side)):
            for left, right in ((0, across), (across, side)):
                tile = self._one(random, right - left, bottom - top)
                image[top:bottom, left:right] = tile.image
                boxes.append(tile.boxes + np.array((left, top, left, top), np.float32))
                targets.append(tile.targets)
        return Labelled(image, np.concatenate(boxes), np.concatenate(targets))
