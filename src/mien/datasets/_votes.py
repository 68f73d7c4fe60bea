"""What ten raters' votes come to, by the rules of FER+ (Barsoum et al., "Training Deep Networks ...", 2016).

A row of votes counts the eight expressions in the order of `mien.labels.FERPLUS8`, then "unknown" and "not
a face". A rater who stands alone counts as a mistake: expressions with one vote lose it, where there are
several raters.
"""

import numpy as np
import numpy.typing as npt

from mien.datasets.base import Indices
from mien.labels import FERPLUS8
from mien.types import Floats

COLUMNS = len(FERPLUS8) + 2
_FACES = len(FERPLUS8)
_ENOUGH, _MOST, _HALF = 0.75, 3, 0.5


def majority(votes: Indices) -> Floats:
    """(N, 8), 1 at the expression that more than half of the votes (N, 10) agree on.

    Rows without such a majority, or with one for "unknown" or "not a face", are all 0.
    """
    kept = _without_outliers(votes)
    top = kept.argmax(axis=1)
    agreed = kept.max(axis=1) > _HALF * kept.sum(axis=1)
    found = np.zeros((len(votes), COLUMNS), np.float32)
    found[np.nonzero(agreed)[0], top[agreed]] = 1
    return found[:, :_FACES]


def shares(votes: Indices) -> Floats:
    """(N, 8), what the raters think it may be, each row summing to 1 or all 0 where it is of no use.

    The expressions with most votes are taken, until they hold three quarters of all votes or are three; ties
    come together. Of no use: "unknown" or "not a face" leads, more than three are tied, or those taken hold
    half of the votes or fewer.
    """
    found = np.zeros((len(votes), _FACES), np.float32)
    for row, counts in zip(found, _without_outliers(votes), strict=True):
        _take(counts, row)
    return found


def counts(votes: Indices) -> Floats:
    """(N, 8), the plain share of each expression in the votes for any of them.

    All 0 where no expression has more votes than "unknown" and than "not a face".
    """
    faces, others = votes[:, :_FACES].astype(np.float32), votes[:, _FACES:]
    leads = faces.max(axis=1, keepdims=True) > others.max(axis=1, keepdims=True)
    found: Floats = np.divide(faces, faces.sum(axis=1, keepdims=True), out=np.zeros_like(faces), where=leads)
    return found


def faceless(votes: Indices) -> npt.NDArray[np.bool_]:
    """(N,): whether most votes (N, 10) are for "not a face", or nobody was asked at all."""
    return np.asarray(votes[:, -1] * 2 > votes.sum(axis=1)) | ~votes.any(axis=1)


def _without_outliers(votes: Indices) -> Indices:
    alone = (votes == 1) & (votes.sum(axis=1, keepdims=True) > 1)
    return np.where(alone, 0, votes)


def _take(votes: Indices, row: Floats) -> None:
    """Fill ``row`` (8,) from one row of votes (10,), or leave it at 0."""
    total, taken = votes.sum(), np.zeros(_FACES, np.float32)
    for level in sorted(set(votes[votes > 0].tolist()), reverse=True):
        tied = votes == level
        taken[tied[:_FACES]] = level
        if tied[_FACES:].any() or taken.sum() >= _ENOUGH * total or np.count_nonzero(taken) >= _MOST:
            break
    if taken.sum() > _HALF * total and np.count_nonzero(taken) <= _MOST:
        row[:] = taken / taken.sum()
