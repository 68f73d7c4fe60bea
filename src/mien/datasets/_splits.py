"""Drawing parts of a data set: the same seed gives the same parts on every machine."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mien.datasets.base import Indices, Names
from mien.errors import BadOption

SHARES = (0.8, 0.1, 0.1)


def stratified(targets: Indices, shares: Sequence[float] = SHARES, seed: int = 0) -> Indices:
    """(N,) the part of each sample, counted from 0: every class is shared out as ``shares`` say.

    In each class a part gets its share of the samples, to less than one sample.
    """
    random, edges = np.random.default_rng(seed), np.cumsum(_checked(shares))
    parts = np.zeros(len(targets), np.int64)
    for target in np.unique(targets):
        (places,) = np.nonzero(targets == target)
        bounds = np.rint(edges[:-1] * len(places)).astype(np.int64)
        parts[random.permutation(places)] = np.searchsorted(bounds, np.arange(len(places)), side="right")
    return parts


def by_subject(subjects: Names, targets: Indices, shares: Sequence[float] = SHARES, seed: int = 0) -> Indices:
    """(N,) the part of each sample, counted from 0: nobody stands in two parts.

    People are taken one by one, those with most pictures first, and join the part that is furthest from its
    share of their expressions; no part stays empty where there are people enough. Equal ``shares`` give the
    folds of a cross-validation.
    """
    wanted = _checked(shares)
    people, who = np.unique(subjects, return_inverse=True)
    if len(people) < len(wanted):
        raise BadOption(f"{len(people)} people cannot be shared out among {len(wanted)} parts.")
    table = _counts(who, targets, len(people))
    missing = wanted[:, None] * table.sum(axis=0)  # (parts, classes) samples that each part still lacks
    chosen, free = np.full(len(people), -1, np.int64), set(range(len(wanted)))
    order = np.random.default_rng(seed).permutation(len(people))
    order = order[np.argsort(-table.sum(axis=1)[order], kind="stable")]
    for done, person in enumerate(order):
        must = free if len(people) - done == len(free) else set(range(len(wanted)))
        gain = missing @ table[person]
        chosen[person] = max(must, key=lambda part: (gain[part], -part))
        missing[chosen[person]] -= table[person]
        free.discard(int(chosen[person]))
    return chosen[who]


def _counts(who: Indices, targets: Indices, people: int) -> npt.NDArray[np.float64]:
    """(people, classes) how many samples of each class a person has."""
    classes, kinds = np.unique(targets, return_inverse=True)
    table = np.zeros((people, len(classes)))
    np.add.at(table, (who, kinds), 1)
    return table


def _checked(shares: Sequence[float]) -> npt.NDArray[np.float64]:
    """Positive shares, brought to a sum of 1."""
    if not shares or min(shares) <= 0:
        raise BadOption(f"Shares {tuple(shares)} cannot be drawn: each must be more than 0.")
    return np.array(shares, np.float64) / sum(shares)
