"""Scenes composed of FER2013's faces on face-free grounds: every box and expression in them is known."""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mien import cache, geometry, registry
from mien.errors import BadOption, SourceError, UnknownName
from mien.labels import FER7
from mien.scenes import _store
from mien.scenes._backgrounds import background
from mien.scenes._composer import Composer, Composition, Indices
from mien.scenes._grounds import Grounds, usable
from mien.scenes._layout import LayoutOptions, Random
from mien.scenes.base import Endless, GivenBox, MadeScene, Reading, Scene, open_scenes
from mien.types import Image

LEARNT = "Training"
MADE, MADE_SIDE = 150, 384
"""So many grounds are made by code, beside those of photographs."""
LEAST_SIDE = 32
_RULES = 2
"""Counts up when other rows of the same files are left out, so that what was kept before is not used."""
SMALLEST = 24.0
"""Half of the pixels of FER2013's pictures: what a lower face expresses, classifiers guess (27 % right)."""


class Composed(Endless):
    """``count`` scenes of ``side`` x ``side`` pixels, the same ones for the same ``seed``.

    ``path`` is the folder of FER2013, or the data folder that it lies in. Faces come from its part ``split``
    alone. Left out are blank ones, rows of the test parts whose picture stands in Training too, and what the
    raters of FER+ called no face, where their ``fer2013new.csv`` lies beside the table. A scene has 1 to
    ``faces`` of them, from ``smallest`` pixels in height (one of 25 scenes none), and in the share ``rows``
    of scenes as many as fit beside and below each other, as in a collage. Photographs to cut grounds from
    are those of the scenes ``grounds``, written as for `open_scenes`; empty: ``faces/train.coco.json``
    beside FER2013 for Training, else ``faces/val.coco.json``, where they are. ``balance`` 0 draws
    expressions as often as the part has them, 1 all as often. ``emblems`` is the share of badges among what
    lies between faces and is none. Decoded pictures are kept in the cache folder.
    """

    def __init__(
        self,
        path: str,
        *,
        split: str = "PublicTest",
        count: int = 500,
        side: int = 320,
        seed: int = 1,
        faces: int = 16,
        smallest: float = SMALLEST,
        rows: float = 0.0,
        grounds: str = "",
        balance: float = 0.0,
        emblems: float = 0.0,
        skip_faults: bool = False,
    ) -> None:
        super().__init__(path, skip_faults)
        if count < 1 or side < LEAST_SIDE:
            raise BadOption(f"count={count}, side={side}: give at least 1 and {LEAST_SIDE}.")
        if seed < 0:
            raise BadOption(f"seed={seed} seeds nothing. Give 0 or more.")
        for name, share in {"rows": rows, "balance": balance, "emblems": emblems}.items():
            if not 0 <= share <= 1:  # nor NaN
                raise BadOption(f"{name}={share} is no share. Give 0 to 1.")
        self.split, self.count, self.side, self.seed = split, count, side, seed
        self._options = LayoutOptions(faces=faces, smallest=smallest, rows=rows)
        self._grounds, self._balance, self._emblems = grounds, balance, emblems

    def read(self) -> Reading:
        return Reading(tuple(self._scene(index) for index in range(self.count)))

    def compose(self, random: Random, width: int, height: int) -> Composition:
        plan = self._composer.plan(random, width, height)
        image = self._composer.paint(random, plan)
        return Composition(image, plan.boxes, self._composer.targets[plan.picks])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_composer"}

    def _scene(self, index: int) -> Scene:
        plan = self._composer.plan(self._random(index), self.side, self.side)
        words = [FER7[target] for target in self._composer.targets[plan.picks]]
        boxes = [GivenBox(box, word) for box, word in zip(plan.layout.boxes, words, strict=True)]
        name = Path(f"composed/{self.split}-{self.side}-{self.seed}/{index:05}.png")
        paint = functools.partial(self._paint, index)
        return MadeScene(name, tuple(boxes), f"composed {self.split}", make=paint)

    def _paint(self, index: int) -> Image:
        return self.compose(self._random(index), self.side, self.side).image

    def _random(self, index: int) -> Random:
        return np.random.default_rng((self.seed, index))

    @functools.cached_property
    def _composer(self) -> Composer:
        crops, targets = self._crops()
        store = self._pictures()
        boxes = np.split(store.labels["boxes"], np.cumsum(store.labels["counts"])[:-1])
        grounds = Grounds(store, boxes)
        return Composer(crops, targets, grounds, self._options, balance=self._balance, emblems=self._emblems)

    def _crops(self) -> tuple[Image, Indices]:
        """(N, S, S) gray, mapped into memory, and (N,) their expressions: reading the table takes long."""
        dataset = registry.load("datasets", "fer2013", folder=str(self.path), skip_faults=self.skip_faults)
        if self.split not in dataset.splits:
            raise UnknownName("split of FER2013", self.split, dataset.splits)
        table = dataset.table()
        flags = dataset.root / "row_flags.csv"
        if table is None:
            return _usable(dataset, self.split)
        files = (table, flags, dataset.votes_file() or "no votes")
        stem = _store.folder() / f"fer2013-{cache.key(_RULES, *files, self.split)}"
        return _store.arrays(stem, lambda: _usable(dataset, self.split))

    def _pictures(self) -> _store.Store:
        text = self._grounds or self._beside()
        file = open_scenes(text).path if text else Path()
        name = f"grounds-{cache.key(text, file, MADE)}"
        return _store.kept(name, functools.partial(_free_pictures, text))

    def _beside(self) -> str:
        name = "train" if self.split == LEARNT else "val"
        files = [folder / "faces" / f"{name}.coco.json" for folder in (self.path, self.path.parent)]
        return next((f"coco:{file}" for file in files if file.is_file()), "")


def _usable(dataset: Any, split: str) -> tuple[Image, Indices]:
    """Crops and expressions of a part; without those that are blank, no face, or in Training too."""
    samples = dataset.load(split).without_blank()
    without = np.concatenate((dataset.leaked(split), dataset.faceless(split)))
    samples = samples.only(~np.isin(samples.rows, without))
    if not len(samples):
        raise SourceError(f"FER2013 {split} in '{dataset.root}' has no face that can be used.")
    return samples.images, samples.targets


def _free_pictures(text: str, labels: _store.Labels) -> Iterator[Image]:
    """Photographs of the scenes ``text`` that leave room beside their faces, then pictures made by code."""
    scenes = open_scenes(text).load().scenes if text else ()
    counts, boxes = [], [np.empty((0, 4), np.float32)]
    for scene in scenes:
        given = geometry.as_array([each.box for each in scene.boxes])
        image = scene.image() if scene.boxes_complete else None
        if image is not None and usable(given, image.shape[1], image.shape[0]):
            counts.append(len(given))
            boxes.append(given)
            yield image
    random = np.random.default_rng(0)
    for _ in range(MADE):
        counts.append(0)
        yield background(random, MADE_SIDE, MADE_SIDE)
    labels.update(counts=np.array(counts, np.int64), boxes=np.concatenate(boxes))
