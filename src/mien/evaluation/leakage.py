"""What stands in two parts of a data set: pictures, near copies of them, people; and labels that disagree.

A picture of the test part that the model has learned from tells nothing: every report of a classifier states
how many there are, and its accuracy without them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from mien.datasets._opening import open_set
from mien.datasets.base import Dataset, Indices, Samples
from mien.errors import SourceError, UnknownName
from mien.evaluation import duplicates
from mien.types import Floats

Mask = npt.NDArray[np.bool_]
Progress = Callable[[str, int, int], None]
PAIR_COLUMNS = (
    *("first", "first_row", "first_name", "second", "second_row", "second_name"),
    *("kind", "alike", "mirrored", "first_label", "second_label"),
)
"""What is said of each pair of copies."""


class Part:
    """One part of a data set, made ready to be compared: its pictures are hashed once.

    ``labels`` are the words of the samples' targets, without which parts are taken to be labelled alike.
    ``people_of`` names the set to which the codes of people belong: others' codes mean other people.
    """

    def __init__(self, name: str, samples: Samples, labels: Sequence[str] = (), people_of: str = "") -> None:
        self.name, self.samples, self.people_of = name, samples, people_of
        self.labels = [labels[target] if labels else str(target) for target in samples.targets.tolist()]
        self.digests = duplicates.digests(samples.images)
        self.looks = duplicates.Looks(samples.images)
        self.flat: Mask = samples.blank()
        people = samples.subjects
        self.people = None if people is None else {str(person) for person in people}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Duplicates of ``first`` in ``second``; within one part both have the same name.

    ``one`` and ``two`` (M,) count the pictures of each part from 0; ``alike`` (M,) is the correlation of
    their pixels, 1 where ``exact``; ``conflict`` marks pairs with different labels. A picture has one exact
    pair per label that its copies bear. ``people`` stand in both; None where they are not known.
    """

    first: Part
    second: Part
    one: Indices
    two: Indices
    exact: Mask
    alike: Floats
    mirrored: Mask
    conflict: Mask
    people: tuple[str, ...] | None

    @property
    def within(self) -> bool:
        return self.first is self.second

    def marked(self, pairs: Mask) -> Mask:
        """(N,): the pictures of ``first`` that stand in one of ``pairs`` (M,)."""
        found = np.zeros(len(self.first.samples), bool)
        found[self.one[pairs]] = True
        if self.within:
            found[self.two[pairs]] = True
        return found

    def as_dict(self) -> dict[str, Any]:
        """How many pictures of ``first`` have an exact copy, a near copy alone, a copy of another label."""
        exact = self.marked(self.exact)
        near = self.marked(~self.exact) & ~exact
        return {
            "first": self.first.name,
            "second": self.second.name,
            "exact": int(exact.sum()),
            "near": int(near.sum()),
            "share": float((exact | near).mean()) if len(exact) else None,
            "exact_conflicts": int(self.marked(self.exact & self.conflict).sum()),
            "near_conflicts": int((self.marked(~self.exact & self.conflict) & near).sum()),
            "people": None if self.people is None else list(self.people),
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each pair as plain values of `PAIR_COLUMNS`, its pictures by their rows in the published file."""
        first, second = self.first.samples, self.second.samples
        names = [samples.names for samples in (first, second)]
        for place, (one, two) in enumerate(zip(self.one, self.two, strict=True)):
            values = (
                self.first.name,
                int(first.rows[one]),
                "" if names[0] is None else str(names[0][one]),
                self.second.name,
                int(second.rows[two]),
                "" if names[1] is None else str(names[1][two]),
                "exact" if self.exact[place] else "near",
                round(float(self.alike[place]), 4),
                bool(self.mirrored[place]),
                self.first.labels[one],
                self.second.labels[two],
            )
            yield dict(zip(PAIR_COLUMNS, values, strict=True))


@dataclass(frozen=True, slots=True)
class Audit:
    """What is found in a data set; ``left_out`` names the parts that could not be read, and why."""

    dataset: str
    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    overlaps: tuple[Overlap, ...]
    left_out: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The counts as plain values for JSON, and the limits that were used."""
        return {
            "data": self.dataset,
            "parts": {part.name: _counts(part) for part in self.parts},
            "left_out": self.left_out,
            "overlaps": [overlap.as_dict() for overlap in self.overlaps],
            "limits": limits(),
        }


def limits() -> dict[str, Any]:
    """From where on two pictures count as near duplicates."""
    return {
        "side": duplicates.SIDE,
        "hash_bits_apart": duplicates.HASH_APART,
        "thumbnails_alike": duplicates.THUMB_ALIKE,
        "pixels_alike": duplicates.ALIKE,
        "shift": duplicates.SHIFT,
    }


def audit(dataset: str, splits: Sequence[str] = (), progress: Progress | None = None) -> Audit:
    """Compare the parts ``splits`` (empty: all that can be read) of ``dataset``, in themselves and in pairs.

    Raises `UnknownName` for a part that the set does not have and `SourceError` where none can be read, or
    one that was asked for cannot.
    """
    data = open_set(dataset)
    for name in splits:
        if name not in data.splits:
            raise UnknownName(f"split of {data.title}", name, data.splits)
    parts, left_out = _parts(data, splits, progress)
    pairs = [*((part, part) for part in parts), *(pair[::-1] for pair in combinations(parts, 2))]
    overlaps = []
    for done, (first, second) in enumerate(pairs):
        if progress is not None:
            progress(f"Comparing {first.name} with {second.name}", done, len(pairs))
        overlaps.append(compare(first, second))
    return Audit(dataset, data.labels, tuple(parts), tuple(overlaps), left_out)


def compare(first: Part, second: Part) -> Overlap:
    """The duplicates of ``first`` in ``second``, or within it where both are the same part."""
    within = first is second
    one, two = _exact(first, None if within else second)
    found = duplicates.near(first.looks, None if within else second.looks)
    new = [first.digests[i] != second.digests[j] for i, j in zip(found.first, found.second, strict=True)]
    kept = np.array(new, bool)
    count, more = len(one), int(kept.sum())
    one, two = np.concatenate([one, found.first[kept]]), np.concatenate([two, found.second[kept]])
    shared = None
    comparable = not within and first.people_of == second.people_of
    if comparable and first.people is not None and second.people is not None:
        shared = tuple(sorted(first.people & second.people))
    return Overlap(
        first,
        second,
        one,
        two,
        exact=np.arange(count + more) < count,
        alike=np.concatenate([np.ones(count, np.float32), found.alike[kept]]),
        mirrored=np.concatenate([np.zeros(count, bool), found.mirrored[kept]]),
        conflict=np.array([first.labels[i] != second.labels[j] for i, j in zip(one, two, strict=True)], bool),
        people=shared,
    )


def _exact(first: Part, second: Part | None) -> tuple[Indices, Indices]:
    """Pairs with the same bytes: for each picture one per label of its copies (within: of earlier ones)."""
    known: dict[bytes, dict[str, int]] = defaultdict(dict)
    if second is not None:
        for place, (digest, label) in enumerate(_labelled(second)):
            known[digest].setdefault(label, place)
    pairs: list[tuple[int, int]] = []
    for place, (digest, label) in enumerate(_labelled(first)):
        if digest in known:
            pairs += [(place, other) for other in known[digest].values()]
        if second is None:
            known[digest].setdefault(label, place)
    found = np.array(pairs, np.int64).reshape(-1, 2)
    # Within a part the earlier picture is the first of a pair, as among near duplicates.
    return (found[:, 1], found[:, 0]) if second is None else (found[:, 0], found[:, 1])


def _labelled(part: Part) -> Iterator[tuple[bytes, str]]:
    return zip(part.digests, part.labels, strict=True)


def part_of(data: Dataset, name: str, samples: Samples) -> Part:
    """``samples`` of ``data``, to be compared with parts of any set."""
    return Part(name, samples, data.labels, data.people_of or data.title)


def _parts(
    data: Dataset, splits: Sequence[str], progress: Progress | None
) -> tuple[list[Part], dict[str, str]]:
    parts, left_out = [], {}
    wanted = list(dict.fromkeys(splits or data.splits))
    for done, name in enumerate(wanted):
        if progress is not None:
            progress(f"Reading {name}", done, len(wanted))
        try:
            parts.append(part_of(data, name, data.load(name)))
        except SourceError as error:
            if splits:
                raise
            left_out[name] = str(error)
    if not parts:
        raise SourceError(f"No part of {data.title} can be read. {next(iter(left_out.values()), '')}")
    return parts, left_out


def _counts(part: Part) -> dict[str, Any]:
    return {
        "pictures": len(part.samples),
        "blank": int(part.flat.sum()),
        "people": None if part.people is None else len(part.people),
    }
