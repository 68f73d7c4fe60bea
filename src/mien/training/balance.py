"""What makes up for expressions that are rare in the pictures."""

import numpy as np
import torch
from torch import Tensor

from mien.training.parts import Part


def class_weights(part: Part, classes: int) -> Tensor:
    """(K,) float32: the factor of each class's loss, inverse to how often it is drawn; 1 where it never is.

    Over the pictures that are drawn of ``part`` the mean factor is 1, so that the learning rate means the
    same.
    """
    counts = np.bincount(part.samples.targets, part.weights.astype(np.float64), minlength=classes)
    present = counts > 0
    weights = np.ones(classes, np.float32)
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return torch.from_numpy(weights)


def draw_weights(part: Part, balanced: bool) -> Tensor | None:
    """(N,) float64: how often each picture is drawn; None where all are alike.

    With ``balanced``, every expression is drawn as often as any other; within it, pictures go by their own
    weights.
    """
    weights = part.weights.astype(np.float64)
    if balanced:
        totals = np.bincount(part.samples.targets, weights)
        weights = weights / totals[part.samples.targets]
    return None if np.ptp(weights) == 0 else torch.from_numpy(weights)
