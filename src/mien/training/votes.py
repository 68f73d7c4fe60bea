"""What others said of the same pictures, learned beside their labels (multi-task learning; Caruana, 1997).

The network gets a second set of outputs for it, under one softmax with the first: each picture's target is
its label in the first and the shares of its votes in the second. Of p(set, expression | picture) the first
outputs alone give p(expression | picture) by the labels, so that the second are left out of what is exported.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mien.datasets._opening import open_set
from mien.datasets.base import Indices, Samples
from mien.errors import BadOption
from mien.training.options import SetOptions
from mien.training.parts import Part
from mien.training.recipe import Recipe
from mien.types import Floats


def beside(chosen: Recipe, train: Part, labels: tuple[str, ...]) -> Part:
    """``train`` with targets (N, 2 K): shares of the label, then of the votes that ``chosen`` names.

    Pictures without a vote for any of the ``labels`` (K) keep their label alone; labels that the recipe
    renames are renamed in the votes, too. Raises `BadOption` where the votes are not on the pictures of
    ``train``, and as `sets.load` does for data that is not there.
    """
    samples, share = train.samples, chosen.votes.share
    names, voted = _read(chosen)
    places = _places(samples.rows, voted.rows)
    _check_same(samples, voted, places, chosen)
    said = _shares(names, voted, places, labels)
    own = np.eye(len(labels), dtype=np.float32)[samples.targets] if samples.soft is None else samples.soft
    known = said.any(axis=1, keepdims=True) * np.float32(share)
    soft = np.concatenate([(1 - known) * own, known * said], axis=1)
    return replace(train, samples=samples.relabelled(samples.targets, soft))


def moved(soft: Floats, to: Indices, classes: int) -> Floats:
    """Votes (N, L) in the order of the wanted labels (N, ``classes``), summing to 1 without the dropped ones.

    ``to`` (L,) is the new place of each column, below 0 where it is dropped.
    """
    found = np.zeros((len(soft), classes), np.float32)
    for column, place in enumerate(to):
        if place >= 0:
            found[:, place] += soft[:, column]
    found /= np.maximum(found.sum(axis=1, keepdims=True), 1e-12)
    return found


def sources(chosen: Recipe) -> Iterator[dict[str, str]]:
    """For the card: the set that the votes come from, if ``chosen`` names one."""
    if chosen.votes.dataset:
        dataset = open_set(chosen.votes.dataset)
        use = "votes on the pictures that were learned from"
        yield {"name": dataset.title, "part": _learned(chosen).train, "use": use, "rights": dataset.rights}


def _learned(chosen: Recipe) -> SetOptions:
    """The one set that is learned from: the votes' set has parts of the same names."""
    learned = [each for each in chosen.data.used if each.train]
    title = open_set(chosen.votes.dataset).pictures_of
    if len(learned) != 1 or open_set(learned[0].name).title != title:
        names = " and ".join(each.name for each in learned)
        raise BadOption(
            f"votes.dataset={chosen.votes.dataset} is about the pictures of {title or 'no other set'}; the "
            f"recipe learns from {names}. Votes need one set, and one that labels its pictures anew."
        )
    return learned[0]


def _read(chosen: Recipe) -> tuple[tuple[str, ...], Samples]:
    """The labels of the votes' set, as the recipe renames them, and its samples."""
    learned, dataset = _learned(chosen), open_set(chosen.votes.dataset)
    return tuple(learned.labels.get(name, name) for name in dataset.labels), dataset.load(learned.train)


def _places(rows: Indices, voted: Indices) -> Indices:
    """(N,) where each of ``rows`` (N,) stands among those ``voted`` on; -1 where it does not."""
    known = {int(row): place for place, row in enumerate(voted)}
    return np.array([known.get(int(row), -1) for row in rows], np.int64)


def _check_same(learned: Samples, voted: Samples, places: Indices, chosen: Recipe) -> None:
    """Refuse votes on another copy of the set, whose rows hold other pictures."""
    for image, row, place in zip(learned.images, learned.rows, places, strict=True):
        if place >= 0 and not np.array_equal(image, voted.images[place]):
            raise BadOption(
                f"votes.dataset={chosen.votes.dataset} has another picture in row {row} than "
                f"{_learned(chosen).name}: votes belong to rows of one file. Name the same folder in both, "
                "as ferplus:votes=counts,folder=FOLDER."
            )


def _shares(names: Sequence[str], voted: Samples, places: Indices, labels: tuple[str, ...]) -> Floats:
    """(N, K): the votes for ``labels`` on the pictures at ``places`` (N,); 0 where there are none."""
    to = np.array([labels.index(name) if name in labels else -1 for name in names], np.int64)
    soft = np.eye(len(names), dtype=np.float32)[voted.targets] if voted.soft is None else voted.soft
    found = np.zeros((len(places), len(labels)), np.float32)
    found[places >= 0] = moved(soft, to, len(labels))[places[places >= 0]]
    return found
