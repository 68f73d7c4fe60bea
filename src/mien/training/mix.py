"""Two pictures of a batch become one, and so do their targets."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mien.training.options import AugmentOptions

Kind = Callable[[Tensor, Tensor, float, np.random.Generator], tuple[Tensor, float]]


def mix(batch: Tensor, targets: Tensor, options: AugmentOptions, seed: int) -> tuple[Tensor, Tensor]:
    """``batch`` (N, C, H, W) and ``targets`` (N, K), each mixed with another one as ``seed`` decides.

    mixup (Zhang et al., "mixup: beyond empirical risk minimization", 2018) blends whole pictures, cutmix
    (Yun et al., "CutMix", 2019) puts a rectangle of one into the other; the targets are mixed by the same
    share. With both switched on, each batch gets one of them.
    """
    random = np.random.default_rng(seed)
    kinds = [(kind, evenness) for kind, evenness in _kinds(options) if evenness > 0]
    if not kinds:
        return batch, targets
    kind, evenness = kinds[int(random.integers(len(kinds)))]
    other = torch.from_numpy(random.permutation(len(batch)))
    mixed, share = kind(batch, other, float(random.beta(evenness, evenness)), random)
    return mixed, share * targets + (1 - share) * targets[other]


def mixes(options: AugmentOptions) -> bool:
    """Whether `mix` changes anything."""
    return any(evenness > 0 for _, evenness in _kinds(options))


def _kinds(options: AugmentOptions) -> tuple[tuple[Kind, float], ...]:
    return (_mixup, options.mixup), (_cutmix, options.cutmix)


def _mixup(batch: Tensor, other: Tensor, share: float, _: np.random.Generator) -> tuple[Tensor, float]:
    return share * batch + (1 - share) * batch[other], share


def _cutmix(batch: Tensor, other: Tensor, share: float, random: np.random.Generator) -> tuple[Tensor, float]:
    """A rectangle of 1 - ``share`` of the picture, cut at its edges; the share that is left is returned."""
    height, width = batch.shape[2:]
    (top, bottom), (left, right) = (_interval(side, (1 - share) ** 0.5, random) for side in (height, width))
    mixed = batch.clone()
    mixed[:, :, top:bottom, left:right] = batch[other][:, :, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)


def _interval(side: int, share: float, random: np.random.Generator) -> tuple[int, int]:
    middle, half = random.integers(side), round(side * share / 2)
    return max(int(middle) - half, 0), min(int(middle) + half, side)
