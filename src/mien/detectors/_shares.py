"""The logistic function, which makes a share of any number, and its inverse."""

import math

import numpy as np

from mien.types import Floats


def sigmoid(values: Floats) -> Floats:
    """``1 / (1 + exp(-values))``, without overflow."""
    return np.asarray((1 + np.tanh(values / 2)) / 2, np.float32)


def logit(share: float) -> float:
    """What `sigmoid` makes ``share`` of; infinite at 0 and 1."""
    return math.log(share / (1 - share)) if 0 < share < 1 else math.copysign(math.inf, share - 0.5)
