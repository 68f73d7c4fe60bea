"""One label against the rest: the ROC curve and the area under it (Hanley and McNeil, 1982)."""

import numpy as np
import numpy.typing as npt

from mien.evaluation.metrics import Array, Probabilities, Targets

Positive = npt.NDArray[np.bool_]


class Ranking:
    """Samples sorted by their score once, so that the area can be had for many weightings of them."""

    def __init__(self, scores: npt.NDArray[np.floating], positive: Positive) -> None:
        others = np.flatnonzero(~positive)
        self._others = others[np.argsort(scores[others], kind="stable")]
        self._positive = np.flatnonzero(positive)
        # How many of the others score less than each positive sample, and how many no more than it.
        ordered = scores[self._others]
        self._less = np.searchsorted(ordered, scores[self._positive], "left")
        self._no_more = np.searchsorted(ordered, scores[self._positive], "right")

    def area(self, weights: npt.NDArray[np.floating]) -> Array:
        """The area for each row of ``weights`` (R, N): (R,), NaN where one side has no weight.

        It is the chance that a positive sample scores higher than another one, equal scores counted half: the
        rank statistic of Mann and Whitney.
        """
        below = np.zeros((len(weights), len(self._others) + 1))
        np.cumsum(weights[:, self._others], axis=1, out=below[:, 1:])
        positive = weights[:, self._positive]
        won = ((below[:, self._less] + below[:, self._no_more]) * positive).sum(axis=1) / 2
        pairs = positive.sum(axis=1) * below[:, -1]
        out = np.full(len(weights), np.nan)
        np.divide(won, pairs, out=out, where=pairs > 0)
        return out


def rankings(probabilities: Probabilities, targets: Targets) -> list[Ranking]:
    """One for each label, against all others."""
    classes = probabilities.shape[1]
    return [Ranking(probabilities[:, label], targets == label) for label in range(classes)]


def areas(probabilities: Probabilities, targets: Targets) -> Array:
    """(K,): the area under each label's curve; NaN for a label without a sample, or with all of them."""
    one = np.ones((1, len(targets)))
    return np.array([ranking.area(one)[0] for ranking in rankings(probabilities, targets)])


def curve(scores: npt.NDArray[np.floating], positive: Positive, points: int = 101) -> tuple[Array, Array]:
    """False and true positive rates from (0, 0) to (1, 1), thinned to ``points`` or fewer, never a tie cut.

    Empty where one side has no sample.
    """
    if not positive.any() or positive.all():
        return np.empty(0), np.empty(0)
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.r_[scores[order][1:] != scores[order][:-1], True])
    rates = [np.r_[0, np.cumsum(side[order])[last]] / side.sum() for side in (~positive, positive)]
    # Evenly by the way along both axes: the steep beginning keeps its points.
    way = rates[0] + rates[1]
    kept = np.unique(np.searchsorted(way, np.linspace(0, 2, points)).clip(max=len(way) - 1))
    return rates[0][kept], rates[1][kept]
