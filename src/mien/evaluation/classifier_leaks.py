"""Which pictures of a test part a classifier may have learned from, by its card and by the audit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mien.classifiers.base import Classifier
from mien.datasets.base import Dataset
from mien.errors import SourceError
from mien.evaluation.leakage import Part, compare, limits

Mask = npt.NDArray[np.bool_]
LEARNING = "learning"
"""What cards call the use of the pictures that a model learned from."""
TEST = "test"
"""What cards call the use of pictures that decided nothing."""


@dataclass(frozen=True, slots=True)
class Leaks:
    """``exact`` and ``near`` (N,) mark pictures with a copy, or a near copy alone, in the parts ``against``.

    ``by``: "audit", "published" (only what the data set marks) or "none" (nothing is known). ``conflicts``
    counts pictures whose copies bear another label; ``marked`` those that the data set itself marks.
    """

    by: str
    exact: Mask
    near: Mask
    against: tuple[str, ...] = ()
    conflicts: int = 0
    marked: int = 0
    people: tuple[str, ...] | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "against": list(self.against),
            "exact": int(self.exact.sum()),
            "near": int(self.near.sum()),
            "conflicts": self.conflicts,
            "marked": self.marked,
            "people": None if self.people is None else list(self.people),
            "limits": limits() if self.by == "audit" else None,
            "note": self.note,
        }


def as_text(report: Mapping[str, Any]) -> str:
    """What a report knows of copies in the parts that were learned from, in a sentence or two."""
    found = report["leakage"]
    if found["by"] == "none":
        return f"Leakage: not known. {found['note']}"
    where = ", ".join(found["against"]) or "the training part"
    text = f"Leakage: {found['exact']} of {report['samples']} pictures stand in {where}, byte for byte"
    if found["by"] == "audit":
        text += f"; {found['near']} more have a near copy there"
        text += f"; the copies of {found['conflicts']} bear another label"
    if found["people"] is not None:
        text += f"; {len(found['people'])} people stand in both"
    return f"{text}. {found['note']}".rstrip()


def uses(model: Classifier, data: Dataset, split: str) -> list[str]:
    """What the model's card says that ``split`` of ``data`` was used for."""
    card = getattr(model, "card", None)
    entries = () if card is None else card.data
    return [
        str(entry.get("use", ""))
        for entry in entries
        if entry.get("name") == data.title and entry.get("part") == split
    ]


def learned_from(models: Sequence[Classifier], data: Dataset, split: str) -> tuple[str, ...]:
    """The parts of ``data`` that any of ``models`` learned from, other than ``split``, by their cards.

    Where no card says so, the data set's first part: the one to learn from.
    """
    others = [part for part in data.splits if part != split]
    named = [part for part in others if any(LEARNING in uses(model, data, part) for model in models)]
    first = [part for part in data.splits[:1] if part != split]
    return tuple(named or first)


def published(marked: Mask) -> Leaks:
    """Only what the data set itself marks."""
    note = "Near duplicates were not sought." if marked.any() else "Duplicates were not sought."
    by = "published" if marked.any() else "none"
    return Leaks(by, marked, np.zeros_like(marked), marked=int(marked.sum()), note=note)


def audited(
    data: Dataset,
    test: Part,
    against: Sequence[str],
    marked: Mask,
    progress: Callable[[str, int, int], None],
) -> Leaks:
    """Duplicates of the part ``test`` of ``data`` in the parts ``against``.

    A part that cannot be read is named in the note; without any, only what the data set marks is counted.
    """
    exact, near, conflict = np.zeros((3, len(test.samples)), bool)
    people: set[str] | None = None
    read, problems = [], []
    for done, name in enumerate(against):
        progress(f"Seeking duplicates in {name}", done, len(against))
        try:
            other = Part(name, data.load(name))
        except SourceError as error:
            problems.append(f"{name} could not be read: {error}")
            continue
        overlap = compare(test, other)
        exact |= overlap.marked(overlap.exact)
        near |= overlap.marked(~overlap.exact)
        conflict |= overlap.marked(overlap.conflict)
        if overlap.people is not None:
            people = (people or set()) | set(overlap.people)
        read.append(name)
    if not read:
        only = published(marked)
        return replace(only, note=" ".join([only.note, *problems]))
    return Leaks(
        "audit",
        exact,
        near & ~exact,
        tuple(read),
        int(conflict.sum()),
        int(marked.sum()),
        None if people is None else tuple(sorted(people)),
        " ".join(problems),
    )
