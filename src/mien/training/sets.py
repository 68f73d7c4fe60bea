"""The data of a recipe: one set or several joined, as what is learned from, chosen by and scored on."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mien import labels as label_sets
from mien.datasets._opening import open_set
from mien.datasets.base import Absent, Dataset
from mien.errors import BadOption, UnknownName
from mien.training import parts, votes
from mien.training.options import SetOptions
from mien.training.parts import Part
from mien.training.recipe import Recipe

__all__ = ["USES", "Parts", "load", "open_set", "read", "sources", "wanted_labels"]
logger = logging.getLogger(__name__)
USES = {"train": "learning", "select": "selection and calibration", "test": "test"}


@dataclass(frozen=True, slots=True)
class Parts:
    """The data of a recipe, targets being indices into ``labels``; ``sources`` describes it for a card."""

    labels: tuple[str, ...]
    train: Part
    select: Part
    test: Part | None
    sources: tuple[dict[str, str], ...]

    @property
    def outputs(self) -> int:
        """How many the network needs to learn: one for each label, and with others' votes as many again."""
        soft = self.train.samples.soft
        return len(self.labels) if soft is None else soft.shape[1]


def load(recipe: Recipe) -> Parts:
    """Read and join the data of ``recipe``.

    Raises `UnknownName` for sets, parts and labels that do not exist, `SourceError` for absent data and
    `BadOption` where nothing is left to learn from or to choose by.
    """
    options = recipe.data
    opened = [(each, open_set(each.name)) for each in options.used]
    labels = wanted_labels(recipe)
    found: dict[str, list[Part]] = {use: [] for use in USES}
    used: list[SetOptions] = []
    for each, dataset in opened:
        present = read(each, dataset, labels)
        for use, part in present.items():
            found[use].append(part)
        used += [each.only(present)] if present else []
    joined = {use: parts.join(read, len(labels), recipe.input) for use, read in found.items()}
    train, select = _divided(recipe, joined["train"], joined["select"], labels)
    if recipe.votes.dataset:
        train = votes.beside(recipe, train, labels)
    test = joined["test"]
    return Parts(
        labels,
        train,
        parts.marked(select, train, recipe.input),
        None if test is None else parts.marked(test, train, recipe.input),
        tuple(sources(recipe, used)),
    )


def wanted_labels(recipe: Recipe) -> tuple[str, ...]:
    """The labels that ``recipe`` teaches, in the order of the network's output; nothing is read for it."""
    labels = recipe.data.labels
    if len(labels) == 1:
        if labels[0] not in label_sets.SETS:
            raise UnknownName("label set", labels[0], label_sets.SETS)
        return label_sets.SETS[labels[0]]
    first = open_set(recipe.data.used[0].name)
    found = labels or first.labels
    if not found:  # a folder's own classes, and there is no such folder
        raise first.absent("there are no folders of classes")
    if len(set(found)) < max(len(found), 2):
        raise BadOption(f"There is nothing to tell apart: labels={found} must be two or more different ones.")
    return found


def _divided(
    recipe: Recipe, train: Part | None, select: Part | None, labels: Sequence[str]
) -> tuple[Part, Part]:
    """What is learned from and what is chosen by, as the recipe draws them."""
    options, random = recipe.data, np.random.default_rng(recipe.seed)
    if train is None:
        raise BadOption("There is nothing to learn from: none of the sets that are there has a part for it.")
    if options.drop_blank:
        train = train.only(~train.samples.blank())
    if not len(train):
        raise BadOption("There is nothing to learn from: each picture is of one flat colour (drop_blank).")
    if options.per_class:
        train = parts.per_class(train, options.per_class, labels, random)
    if options.holdout:
        return parts.hold_out(train, options.holdout, options.holdout_by, random)
    if select is None:
        raise BadOption("There is nothing to choose by: none of the sets that are there has a part for it.")
    return train, select


def read(options: SetOptions, dataset: Dataset, labels: Sequence[str]) -> dict[str, Part]:
    """Use to part of one set, targets being indices into ``labels``.

    Of an optional set, parts that are not there are left out. Raises as `load` does.
    """
    found = {}
    for use, split in options.parts.items():
        try:
            if split:
                part = _part(options, dataset, split, learned="train" in found)
                found[use] = _relabelled(part, options, dataset.labels, labels)
        except Absent as error:
            if not options.optional:
                raise
            logger.warning("%s %s is left out: %s", options.name, split, error)
    return found


def _part(options: SetOptions, dataset: Dataset, split: str, learned: bool) -> Part:
    samples = dataset.load(split)
    # What the set marks is in its part to learn from: no leak where nothing is learned from it.
    leaked = dataset.leaked(split) if learned else ()
    return Part(
        f"{_short(options.name)} {split}",
        samples,
        np.full(len(samples), options.weight, np.float32),
        np.isin(samples.rows, leaked),
        dataset.people_of or dataset.title,
    )


def _relabelled(part: Part, options: SetOptions, own: Sequence[str], labels: Sequence[str]) -> Part:
    """``part`` with targets in the order of ``labels``, without the pictures whose label is dropped."""
    for label in options.labels:
        if label not in own:
            raise UnknownName(f"label of {options.name}", label, own)
    names = [options.labels.get(label, label) for label in own]
    present = np.unique(part.samples.targets).tolist()
    foreign = [target for target in present if names[target] and names[target] not in labels]
    if foreign:
        given = ", ".join(names[target] for target in foreign)
        raise BadOption(
            f"{options.name} has pictures of {given}, which is none of {', '.join(labels)}. Rename or drop "
            f'them, by labels = {{ {own[foreign[0]]} = "" }} in its table of [[data.sets]].'
        )
    to = np.array([labels.index(name) if name in labels else -1 for name in names], np.int64)
    targets, soft = to[part.samples.targets], part.samples.soft
    moved = None if soft is None else votes.moved(soft, to, len(labels))
    samples = replace(part.samples, targets=targets, soft=moved)
    kept = replace(part, samples=samples).only(targets >= 0)
    if not len(kept):
        given = ", ".join(own[target] for target in present)
        raise BadOption(
            f"{part.name} has pictures of {given} alone, and labels drops them all. Keep some, or leave the "
            "set out."
        )
    return kept


def _short(name: str) -> str:
    """Without options, and of a folder its last part alone: where it lies is nobody's business."""
    stem, _, rest = name.partition(":")
    return stem if not rest or "=" in rest else f"{stem}:{Path(rest).name}"


def sources(recipe: Recipe, used: Sequence[SetOptions] = ()) -> Iterator[dict[str, str]]:
    """What a card says of the data: each part of the sets ``used`` (else all) with its use and rights."""
    holdout = recipe.data.holdout
    for options in used or recipe.data.used:
        dataset = open_set(options.name)
        for use, split in options.parts.items():
            if split:
                yield _source(dataset, split, use)
            if split and use == "train" and holdout:
                yield _source(dataset, f"{holdout:.0%} of {split}, held out", "select")
    yield from votes.sources(recipe)


def _source(dataset: Dataset, split: str, use: str) -> dict[str, str]:
    return {"name": dataset.called, "part": split, "use": USES[use], "rights": dataset.rights}
