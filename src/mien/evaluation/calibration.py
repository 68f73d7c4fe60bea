"""Whether a classifier's confidence can be believed: reliability bins and the calibration error."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mien.evaluation.metrics import Array, Probabilities, Targets

BINS = 15
"""As in Guo et al. (2017)."""
Equal = Literal["width", "mass"]


@dataclass(frozen=True, slots=True)
class Reliability:
    """The bins of a reliability diagram, each (B,): mean confidence, share right (NaN where empty), samples.

    ``edges`` (B + 1,) are the confidences between which they lie.
    """

    confidence: Array
    accuracy: Array
    count: Array
    edges: Array

    @property
    def error(self) -> float:
        """The expected calibration error: the mean gap of the bins, weighted by their samples."""
        filled = self.count > 0
        if not filled.any():
            return math.nan
        gaps = np.abs(self.confidence[filled] - self.accuracy[filled])
        return float((gaps * self.count[filled]).sum() / self.count.sum())


def reliability(
    probabilities: Probabilities, targets: Targets, bins: int = BINS, equal: Equal = "width"
) -> Reliability:
    """Samples in ``bins`` by the confidence of their most probable label.

    ``equal``: "width", bins (0, 1/bins], (1/bins, 2/bins] ...; or "mass", as many samples in each (they
    differ by one at most; samples of one confidence may stand in two).
    """
    confidence = probabilities.max(axis=1).astype(np.float64) if len(targets) else np.empty(0)
    right = (probabilities.argmax(axis=1) == targets) if len(targets) else np.empty(0, bool)
    if equal == "width":
        place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
        edges = np.linspace(0, 1, bins + 1)
    else:
        place = np.empty(len(confidence), np.int64)
        place[np.argsort(confidence, kind="stable")] = (
            np.arange(len(confidence)) * bins // max(len(confidence), 1)
        )
        edges = (
            np.quantile(confidence, np.linspace(0, 1, bins + 1)) if len(confidence) else np.zeros(bins + 1)
        )
    count = np.bincount(place, minlength=bins).astype(np.float64)
    means = (np.full(bins, np.nan), np.full(bins, np.nan))
    for mean, values in zip(means, (confidence, right), strict=True):
        np.divide(np.bincount(place, weights=values, minlength=bins), count, out=mean, where=count > 0)
    return Reliability(*means, count, edges)


def calibration_error(
    probabilities: Probabilities, targets: Targets, bins: int = BINS, equal: Equal = "width"
) -> float:
    """The expected calibration error (Naeini et al., 2015; Guo et al., 2017); NaN without samples."""
    return reliability(probabilities, targets, bins, equal).error
