"""Anchors: the nine sizes that faces are measured against, found from the data."""

import itertools
import logging
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from mien.errors import BadOption
from mien.training.models.yolo_expression import PER_STRIDE, STRIDES
from mien.types import Floats

logger = logging.getLogger(__name__)
COUNT = PER_STRIDE * len(STRIDES)
LEAST, GOOD = 0.9, 0.98
"""Under this share of faces that any anchor fits, a training is refused, and a warning given."""
BATCHES = 12
"""So many batches show the sizes of faces."""
ROUNDS = 30
MUTATIONS = 600
SPREAD, CHANGED = 0.1, 0.15
"""The largest standard deviation of a mutation, and the share of the sides that it changes."""


def settle(given: tuple[float, ...], sizes: Floats, ratio: float, seed: int = 1) -> Tensor:
    """The anchors of a training (3, 3, 2): those ``given`` as 18 numbers, else found from ``sizes`` (N, 2).

    Reports the best possible recall. Raises `BadOption` where too few faces could be learned with the given
    ones, with anchors that fit, and where there is no face at all.
    """
    if not len(sizes):
        raise BadOption("No picture to learn from shows a face. Check the sets of the recipe's [data].")
    anchors = np.array(given, np.float32).reshape(-1, 2) if given else found(sizes, ratio, seed)
    share = best_recall(sizes, anchors, ratio)
    words = (
        f"An anchor fits {share:.1%} of {len(sizes)} faces (best possible recall, sides at most {ratio:g}x)"
    )
    if share < LEAST:
        better = found(sizes, ratio, seed)
        raise BadOption(
            f"{words}: too few can be learned. Fitting {best_recall(sizes, better, ratio):.1%} would be: "
            f"anchors = {listed(better)}; or leave the recipe's anchors out."
        )
    level = logging.INFO if share >= GOOD else logging.WARNING
    logger.log(
        level, "%s. Mean agreement %.3f. anchors = %s", words, agreement(sizes, anchors), listed(anchors)
    )
    return torch.from_numpy(anchors.reshape(len(STRIDES), PER_STRIDE, 2))


def sizes_of(batches: Iterable[dict[str, Tensor]], count: int = BATCHES) -> Floats:
    """Width and height in pixels, (N, 2), of the faces in the first ``count`` batches."""
    found = [batch["boxes"][:, 4:6].numpy() for batch in itertools.islice(batches, count)]
    return np.concatenate([np.empty((0, 2), np.float32), *found]).astype(np.float32)


def found(sizes: Floats, ratio: float, seed: int = 1) -> Floats:
    """Nine anchors (9, 2) for faces of ``sizes`` (N, 2), the smallest first: k-means, then refined.

    Means are those of logarithms, for twice as large is as far as half as large. The refinement keeps random
    changes that raise the mean agreement of the faces that are fitted at all, as in YOLOv5.
    """
    anchors = _refined(_means(sizes), sizes, ratio, np.random.default_rng(seed))
    return np.asarray(anchors[np.argsort(anchors.prod(axis=1), kind="stable")], np.float32)


def best_recall(sizes: Floats, anchors: Floats, ratio: float) -> float:
    """The share of ``sizes`` whose sides are at most ``ratio`` times those of some anchor, or it theirs."""
    return float((_agreements(sizes, anchors) >= 1 / ratio).mean())


def agreement(sizes: Floats, anchors: Floats) -> float:
    """The mean over ``sizes`` of the best anchor's shorter side by the longer, the worse of the two ways."""
    return float(_agreements(sizes, anchors).mean())


def listed(anchors: Floats) -> list[float]:
    """``anchors`` as a recipe has them."""
    return [round(float(side), 1) for side in anchors.ravel()]


def _agreements(sizes: Floats, anchors: Floats) -> Floats:
    times = sizes[:, None] / anchors[None]
    return np.asarray(np.minimum(times, 1 / times).min(axis=2).max(axis=1), np.float32)


def _means(sizes: Floats) -> Floats:
    """Nine means of the logarithms of ``sizes``; they start from nine equal shares by area."""
    logs = np.log(np.maximum(sizes, 1.0))
    parts = np.array_split(logs[np.argsort(logs.sum(axis=1), kind="stable")], COUNT)
    means = np.stack([(part if len(part) else logs).mean(axis=0) for part in parts])
    for _ in range(ROUNDS):
        nearest = ((logs[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)
        counts = np.bincount(nearest, minlength=COUNT)[:, None]
        sums = np.stack([np.bincount(nearest, column, COUNT) for column in logs.T], axis=1)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), means)
    return np.asarray(np.exp(means), np.float32)


def _refined(anchors: Floats, sizes: Floats, ratio: float, random: np.random.Generator) -> Floats:
    best = _fitness(sizes, anchors, ratio)
    for _ in range(MUTATIONS):
        spread = random.uniform(0, SPREAD) * (random.random(anchors.shape) < CHANGED)
        change = np.exp(random.standard_normal(anchors.shape) * spread)
        mutant = np.asarray(anchors * change, np.float32)
        fitness = _fitness(sizes, mutant, ratio)
        if fitness > best:
            anchors, best = mutant, fitness
    return anchors


def _fitness(sizes: Floats, anchors: Floats, ratio: float) -> float:
    agreements = _agreements(sizes, anchors)
    return float((agreements * (agreements >= 1 / ratio)).mean())
