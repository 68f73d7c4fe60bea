"""Figures of facial points against given ones.

The error of a point is its distance from the given one over the face's inter-ocular distance (outer eye
corners), as in 300-W (Sagonas et al., "300 faces in-the-wild challenge: database and results", 2016).
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mien.landmarks68 import REGIONS, inter_ocular
from mien.types import Floats

LIMIT = 0.1
"""An error over a tenth of the inter-ocular distance is a failure, and where the area's curve ends."""
RESAMPLES = 1000
SEED = 7


def point_errors(found: Floats, given: Floats) -> Floats:
    """(N, 68) distances over the inter-ocular distance, from points (N, 68, 2)."""
    distances = np.linalg.norm(found - given, axis=2)
    return np.asarray(distances / np.maximum(inter_ocular(given), 1e-6)[:, None], np.float32)


def nme(errors: Floats) -> float:
    """The normalised mean error: the mean of ``errors`` (N, 68); NaN without a face."""
    return float(errors.mean()) if errors.size else math.nan


def failure_rate(face_errors: Floats, missed: int = 0) -> float:
    """The share of faces whose mean error (N,) is over `LIMIT`; ``missed`` faces have failed, too."""
    count = len(face_errors) + missed
    return (float((face_errors > LIMIT).sum()) + missed) / count if count else math.nan


def area(face_errors: Floats, missed: int = 0) -> float:
    """The area under the cumulative error curve up to `LIMIT`, as a share of the whole; 1 is without error.

    ``face_errors`` (N,); ``missed`` faces keep the curve under 1.
    """
    count = len(face_errors) + missed
    return float(np.clip(1 - face_errors / LIMIT, 0, 1).sum()) / count if count else math.nan


def curve(face_errors: Floats, missed: int = 0, steps: int = 101) -> tuple[list[float], list[float]]:
    """The cumulative curve: errors from 0 to `LIMIT`, and the share of faces that are at most so wrong."""
    levels = np.linspace(0, LIMIT, steps)
    reached = np.searchsorted(np.sort(face_errors), levels, side="right")
    return levels.tolist(), (reached / max(len(face_errors) + missed, 1)).tolist()


def by_region(errors: Floats) -> dict[str, float]:
    """The mean of ``errors`` (N, 68) over the points of each region."""
    return {region: nme(errors[:, list(points)]) for region, points in REGIONS.items()}


def interval(face_errors: Floats, people: Sequence[str], resamples: int = RESAMPLES) -> tuple[float, float]:
    """Where 95 % of the mean error would lie, had other people been drawn (Efron's bootstrap, by person)."""
    if not len(face_errors):
        return math.nan, math.nan
    _, who = np.unique(np.asarray(people), return_inverse=True)
    sums, counts = np.bincount(who, weights=face_errors), np.bincount(who)
    draws = np.random.default_rng(SEED).integers(0, len(sums), (resamples, len(sums)))
    means: npt.NDArray[np.float64] = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
