"""Whether a data set on the disk is what its makers published, and what is wrong with it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mien import registry
from mien.datasets._opening import open_set
from mien.datasets.base import Absent, CheckedDataset, Dataset, Fault, Samples
from mien.errors import SourceError

Progress = Callable[[str], None]
EXAMPLES = 10
"""So many faults of a kind are named; all are counted."""
_AS_THEY_ARE = {"side": 48, "colour": False, "detector": ""}
"""How pictures are read here, where nobody says otherwise: small, and without looking for faces."""


@dataclass(frozen=True, slots=True)
class PartCheck:
    """One part: how many pictures of each label there are, and how many the makers state (None: they do not).

    ``problem`` says why it could not be read, empty where it could; ``absent``, that it is not there at all.
    ``leaked`` counts the pictures that the set itself marks as standing in its training part, too.
    """

    name: str
    counts: Mapping[str, int]
    published: Mapping[str, int | None]
    total: int = 0
    published_total: int | None = None
    leaked: int = 0
    faults: tuple[Fault, ...] = ()
    problem: str = ""
    absent: bool = False

    @property
    def sound(self) -> bool:
        """Whether it was read and nothing keeps it from being loaded."""
        return self.total > 0 and not any(fault.serious for fault in self.faults)

    @property
    def broken(self) -> bool:
        """Whether it is there and nothing of it can be read."""
        return bool(self.problem) and not self.absent

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "problem": self.problem,
            "absent": self.absent,
            "counts": {
                label: {"found": found, "published": self.published.get(label)}
                for label, found in self.counts.items()
            },
            "total": {"found": self.total, "published": self.published_total},
            "leaked": self.leaked,
            "faults": self.kinds(),
        }

    def kinds(self) -> dict[str, dict[str, Any]]:
        """Kind of fault to its ``count``, whether it is ``serious``, and ``examples``."""
        found: dict[str, dict[str, Any]] = {}
        for fault in self.faults:
            kind = found.setdefault(fault.kind, {"count": 0, "serious": fault.serious, "examples": []})
            kind["count"] += 1
            kind["serious"] |= fault.serious
            if kind["count"] <= EXAMPLES:
                kind["examples"].append(fault.what)
        return found


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of a whole set; ``tallies`` as of `Dataset.tallies`."""

    name: str
    title: str
    folder: str
    labels: tuple[str, ...]
    parts: tuple[PartCheck, ...]
    tallies: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether at least one part is there, and those that are there load."""
        there = [part for part in self.parts if not part.absent]
        return bool(there) and all(part.sound for part in there)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "folder": self.folder,
            "labels": list(self.labels),
            "usable": self.usable,
            "tallies": {
                name: {"found": found, "published": published}
                for name, (found, published) in self.tallies.items()
            },
            "parts": [part.as_dict() for part in self.parts],
        }


def check(name: str, folder: str = "", progress: Progress | None = None) -> Check:
    """Read every part of the set ``name`` (with its options) in ``folder`` and compare it with what is known.

    Pictures are read whole, at 48 x 48 pixels in gray, unless the options say otherwise: what counts as
    repeated is the same at that size. ``progress`` is told the part that is being read. Raises `UnknownName`
    for a set or an option that does not exist.
    """
    dataset = _opened(name, folder)
    parts = []
    for split in dataset.splits:
        if progress is not None:
            progress(split)
        parts.append(_part(dataset, split))
    tallies = {} if all(part.problem for part in parts) else dataset.tallies()
    return Check(name, dataset.title, str(dataset.root), dataset.labels, tuple(parts), tallies)


def _opened(name: str, folder: str) -> Dataset:
    given = registry.parse(name)[1]
    known = {option.name for option in registry.schema("datasets", name.partition(":")[0])}
    small = {option: value for option, value in _AS_THEY_ARE.items() if option in known - given.keys()}
    return open_set(name, **small, **({"folder": folder} if folder else {}))


def _part(dataset: Dataset, split: str) -> PartCheck:
    labels = dataset.labels
    published = dataset.published.get(split, {})
    stated: dict[str, int | None] = {label: published.get(label) for label in labels}
    total = dataset.totals.get(split)
    try:
        reading = dataset.read(split)
        leaked = len(set(dataset.leaked(split).tolist()) & set(reading.samples.rows.tolist()))
    except SourceError as error:
        nothing, absent = dict.fromkeys(labels, 0), isinstance(error, Absent)
        return PartCheck(split, nothing, stated, 0, total, problem=str(error), absent=absent)
    samples, found = reading.samples, reading.faults
    if isinstance(dataset, CheckedDataset) and dataset.skip_faults:
        found = tuple(replace(fault, serious=False) for fault in found)
    counted = Counter(samples.targets.tolist())
    return PartCheck(
        split,
        {label: counted[index] for index, label in enumerate(labels)},
        stated,
        len(samples),
        total,
        leaked,
        (*found, *_blank(samples), *_repeated(samples, labels)),
    )


def _blank(samples: Samples) -> Iterator[Fault]:
    for place in samples.blank().nonzero()[0]:
        yield Fault("blank picture", _called(samples, int(place)), serious=False)


def _repeated(samples: Samples, labels: Sequence[str]) -> Iterator[Fault]:
    """Each picture that is the same as an earlier one, blank ones aside; another label is worse."""
    known: dict[bytes, int] = {}
    flat = samples.blank()
    for place, image in enumerate(samples.images):
        first = known.setdefault(hashlib.sha256(image.tobytes()).digest(), place)
        if first == place or flat[place]:
            continue
        one, two = (labels[samples.targets[index]] for index in (first, place))
        text = f"{_called(samples, place)} is {_called(samples, first)}"
        if one == two:
            yield Fault("repeated picture", text, serious=False)
        else:
            yield Fault("repeated with another label", f"{text}: {two}, {one}", serious=False)


def _called(samples: Samples, place: int) -> str:
    name = "" if samples.names is None else f" ({samples.names[place]})"
    return f"row {samples.rows[place]}{name}"
