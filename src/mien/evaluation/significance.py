"""Whether two classifiers differ, judged on the same pictures."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien.evaluation.intervals import Interval, Z

EXACT_BELOW = 25
"""With fewer pictures on which the two disagree, the exact binomial test is used."""


@dataclass(frozen=True, slots=True)
class McNemar:
    """``first_only`` and ``second_only`` count the pictures that one of the two alone read rightly.

    ``difference`` is the first's accuracy less the second's, ``interval`` its 95 % interval (Wald, paired;
    NaN where the two never disagree, or where one alone is right always: it would have no width);
    ``p`` the two-sided chance of such a disagreement between equals; ``method`` "exact" or "chi-squared".
    """

    first_only: int
    second_only: int
    difference: float
    interval: Interval
    p: float
    method: str


def mcnemar(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> McNemar:
    """McNemar's test (1947) on ``first`` and ``second`` (N,): whether each read each picture rightly.

    Exact where they disagree on fewer than `EXACT_BELOW` pictures, else chi-squared with the continuity
    correction of Edwards (1948).
    """
    ours, theirs = int((first & ~second).sum()), int((second & ~first).sum())
    exact = ours + theirs < EXACT_BELOW
    p = _binomial(ours, theirs) if exact else _chi_squared(ours, theirs)
    difference, interval = _difference(ours, theirs, len(first))
    return McNemar(ours, theirs, difference, interval, p, "exact" if exact else "chi-squared")


def _binomial(ours: int, theirs: int) -> float:
    count = ours + theirs
    tail = sum(math.comb(count, k) for k in range(min(ours, theirs) + 1))
    return min(2.0 * tail / float(2**count), 1.0)


def _chi_squared(ours: int, theirs: int) -> float:
    statistic = max(abs(ours - theirs) - 1, 0) ** 2 / (ours + theirs)
    return math.erfc(math.sqrt(statistic / 2))  # the tail of chi-squared with one degree of freedom


def _difference(ours: int, theirs: int, count: int) -> tuple[float, Interval]:
    if count == 0:
        return math.nan, (math.nan, math.nan)
    difference = (ours - theirs) / count
    half = Z * math.sqrt(max(ours + theirs - (ours - theirs) ** 2 / count, 0)) / count
    if half == 0:
        return difference, (math.nan, math.nan)  # an interval of no width would state a certainty
    return difference, (max(difference - half, -1.0), min(difference + half, 1.0))
