"""Temperature scaling (Guo et al., "On calibration of modern neural networks", 2017)."""

import math

import numpy as np
import numpy.typing as npt

from mien.classifiers.onnx import softmax
from mien.evaluation import metrics
from mien.types import Floats

LOWEST, HIGHEST = 0.2, 5.0


def fit_temperature(logits: Floats, targets: npt.NDArray[np.int64]) -> float:
    """The temperature with the lowest log loss of ``softmax(logits / temperature)``.

    ``logits`` (N, K), ``targets`` (N,). The loss has one minimum in the inverse temperature, so a
    golden-section search over its logarithm finds it; the answer lies within `LOWEST` to `HIGHEST`, and is 1
    where there is nothing to fit it on.
    """
    if not len(targets):
        return 1.0
    low, high = math.log(LOWEST), math.log(HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _loss(logits, targets, left) < _loss(logits, targets, right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _loss(logits: Floats, targets: npt.NDArray[np.int64], log_temperature: float) -> float:
    return metrics.log_loss(softmax(logits / math.exp(log_temperature)), targets)
