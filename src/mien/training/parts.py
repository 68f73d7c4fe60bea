"""Samples as a training needs them: joined, thinned out and split."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mien import imageops
from mien.artifact import InputSpec
from mien.datasets import _memory, _splits
from mien.datasets.base import Mask, Names, Samples
from mien.errors import BadOption
from mien.evaluation import duplicates
from mien.types import Floats, Image


@dataclass(frozen=True, slots=True)
class Part:
    """Samples, and what a training knows of each.

    ``name`` says where they come from, as "fer2013 PublicTest". ``weights`` (N,) float32: how often each is
    to be learned from. ``leaked`` (N,): whether its picture is known to stand in the learning part, too.
    ``people_of`` names the set to which the codes of its people belong.
    """

    name: str
    samples: Samples
    weights: Floats
    leaked: Mask
    people_of: str = ""

    def __len__(self) -> int:
        return len(self.samples)

    def spread(self, count: int) -> Image:
        """At most ``count`` pictures from all over: sets are often sorted by label."""
        places = np.linspace(0, len(self) - 1, min(len(self), count)).astype(np.int64)
        return self.samples.images[places]

    def only(self, keep: Mask) -> "Part":
        """Those where ``keep`` (N,) is true."""
        return replace(
            self, samples=self.samples.only(keep), weights=self.weights[keep], leaked=self.leaked[keep]
        )


def join(parts: Sequence[Part], classes: int, spec: InputSpec) -> Part | None:
    """All of ``parts`` as one; pictures of unlike shapes are brought to the size and colour of ``spec``.

    Raises `SourceError` where they do not fit into the memory.
    """
    if len(parts) < 2:
        return parts[0] if parts else None
    every = [part.samples for part in parts]
    alike = len({samples.images.shape[1:] for samples in every}) == 1
    shape = every[0].images.shape[1:] if alike else (spec.width, spec.height, spec.channels)
    count = sum(map(len, every))
    _memory.check(math.prod(shape) * count, count)
    samples = Samples(
        np.concatenate([samples.images if alike else _like(samples.images, spec) for samples in every]),
        np.concatenate([samples.targets for samples in every]),
        np.concatenate([samples.rows for samples in every]),
        _votes(every, classes),
        _people(parts),
    )
    return Part(
        " + ".join(part.name for part in parts),
        samples,
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.leaked for part in parts]),
    )


def _like(images: Image, spec: InputSpec) -> Image:
    return np.stack(list(_each_like(images, spec)))


def _each_like(images: Image, spec: InputSpec) -> Iterator[Image]:
    colour = imageops.gray if spec.channels == 1 else imageops.bgr
    return (imageops.resize(colour(image), spec.width, spec.height) for image in images)


def _votes(every: Sequence[Samples], classes: int) -> Floats | None:
    """The shares of votes of all; a set without them has one vote per picture."""
    if all(samples.soft is None for samples in every):
        return None
    one = np.eye(classes, dtype=np.float32)
    return np.concatenate([one[each.targets] if each.soft is None else each.soft for each in every])


def _people(parts: Sequence[Part]) -> Names | None:
    """Who is in each picture, where all sets know; the same code in another set is another person."""
    people: list[str] = []
    for part in parts:
        if part.samples.subjects is None:
            return None
        people += [f"{part.people_of or part.name} {subject}" for subject in part.samples.subjects]
    return np.array(people)


def marked(part: Part, train: Part, spec: InputSpec) -> Part:
    """``part`` with those pictures marked as leaked, too, whose very pixels stand in ``train``.

    Few sets say so themselves. Where only one of the two was brought to the size and colour of ``spec``, as
    `join` does, the other is for this comparison.
    """
    both = part.samples.images, train.samples.images
    unlike = both[0].shape[1:] != both[1].shape[1:]
    own, learned = (duplicates.digests(_each_like(images, spec) if unlike else images) for images in both)
    known = set(learned)
    copies = np.array([digest in known for digest in own], np.bool_)
    return replace(part, leaked=part.leaked | copies)


def per_class(part: Part, count: int, labels: Sequence[str], random: np.random.Generator) -> Part:
    """``count`` pictures of each expression, drawn without putting back; heavy ones are likelier."""
    keep = np.zeros(len(part), np.bool_)
    for target, label in enumerate(labels):
        (places,) = np.nonzero(part.samples.targets == target)
        if len(places) < count:
            raise BadOption(f"per_class={count}, but there are only {len(places)} pictures of {label}.")
        weights = part.weights[places].astype(np.float64)
        keep[random.choice(places, count, replace=False, p=weights / weights.sum())] = True
    return part.only(keep)


def hold_out(part: Part, share: float, by: str, random: np.random.Generator) -> tuple[Part, Part]:
    """What is left of ``part``, and the ``share`` of it that was drawn ``by`` (see `DataOptions`)."""
    held = _HOLDOUTS[by](part.samples, share, random)
    if not 0 < held.sum() < len(held):
        raise BadOption(f"holdout={share:g} of {len(held)} pictures leaves none on one side. Give more.")
    name = f"{part.name}, {share:.0%} held out ({by})"
    return part.only(~held), replace(part.only(held), name=name)


def _random(samples: Samples, share: float, random: np.random.Generator) -> Mask:
    held = np.zeros(len(samples), np.bool_)
    held[random.permutation(len(samples))[: round(share * len(samples))]] = True
    return held


def _stratified(samples: Samples, share: float, random: np.random.Generator) -> Mask:
    held: Mask = _splits.stratified(samples.targets, (1 - share, share), _seed(random)) == 1
    return held


def _subject(samples: Samples, share: float, random: np.random.Generator) -> Mask:
    if samples.subjects is None:
        raise BadOption("holdout_by=subject, but not all of the data says who is in its pictures.")
    shares = (1 - share, share)
    held: Mask = _splits.by_subject(samples.subjects, samples.targets, shares, _seed(random)) == 1
    return held


def _seed(random: np.random.Generator) -> int:
    return int(random.integers(2**31))


_HOLDOUTS: dict[str, Callable[[Samples, float, np.random.Generator], Mask]] = {
    "random": _random,
    "stratified": _stratified,
    "subject": _subject,
}
