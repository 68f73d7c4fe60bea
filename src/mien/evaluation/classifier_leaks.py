"""Which pictures of a test part a classifier may have learned from, by its card and by the audit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from mien import registry
from mien.classifiers.base import Classifier
from mien.datasets._opening import open_set
from mien.datasets._pictures import DrawnPictureSet
from mien.datasets.base import Dataset, Samples
from mien.errors import BadOption, SourceError, UnknownName
from mien.evaluation.leakage import Part, compare, limits, part_of

Mask = npt.NDArray[np.bool_]
LEARNING = "learning"
"""What cards call the use of the pictures that a model learned from."""
TEST = "test"
"""What cards call the use of pictures that decided nothing."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One part of a data set, as cards name it: ``title`` is what they call the set (`Dataset.called`)."""

    title: str
    part: str


@dataclass(frozen=True, slots=True)
class Leaks:
    """``exact`` and ``near`` (N,) mark pictures with a copy, or a near copy alone, in the parts ``against``.

    ``by``: "audit", "published" (only what the data set marks) or "none" (nothing is known). ``conflicts``
    counts pictures whose copies bear another label; ``marked`` those that the data set itself marks.
    ``within`` counts the pictures with an ``exact`` copy in the part itself, or a ``near`` one alone; None
    where none were sought.
    """

    by: str
    exact: Mask
    near: Mask
    against: tuple[str, ...] = ()
    conflicts: int = 0
    marked: int = 0
    people: tuple[str, ...] | None = None
    note: str = ""
    within: Mapping[str, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "against": list(self.against),
            "exact": int(self.exact.sum()),
            "near": int(self.near.sum()),
            "conflicts": self.conflicts,
            "marked": self.marked,
            "people": None if self.people is None else list(self.people),
            "within": None if self.within is None else dict(self.within),
            "limits": limits() if self.within is not None else None,
            "note": self.note,
        }


def as_text(report: Mapping[str, Any]) -> str:
    """What a report knows of copies in the parts that were learned from, and in its own, in a few words."""
    found = report["leakage"]
    text = "Leakage: not known" if found["by"] == "none" else _copies(report)
    if found["within"] is not None:
        inside = found["within"]
        text += (
            f". Within {report['split']}, {inside['exact']} have an exact copy, {inside['near']} a near one"
        )
    return f"{text}. {found['note']}".rstrip()


def _copies(report: Mapping[str, Any]) -> str:
    found = report["leakage"]
    where = ", ".join(found["against"]) or "the training part"
    text = f"Leakage: {found['exact']} of {report['samples']} pictures stand in {where}, byte for byte"
    if found["by"] == "audit":
        text += f"; {found['near']} more have a near copy there"
        text += f"; the copies of {found['conflicts']} bear another label"
    if found["people"] is not None:
        text += f"; {len(found['people'])} people stand in both"
    return text


def uses(model: Classifier, data: Dataset, split: str) -> list[str]:
    """What the model's card says that ``split`` of ``data`` was used for, under whosever labels."""
    titles = (data.called, data.pictures_of or data.called)
    return [
        str(entry.get("use", ""))
        for entry in _entries(model)
        if entry.get("name") in titles and entry.get("part") == split
    ]


def learned_from(models: Sequence[Classifier], data: Dataset, split: str) -> tuple[Lesson, ...]:
    """The parts that any of ``models`` learned from by their cards, of whatever set; not ``split`` itself.

    For a model that does not say so, the first part of ``data``: the one to learn from.
    """
    first = [Lesson(data.called, data.splits[0])]
    found = [lesson for model in models for lesson in lessons(model) or first]
    return tuple(lesson for lesson in dict.fromkeys(found) if lesson != Lesson(data.called, split))


def lessons(model: Classifier) -> list[Lesson]:
    """The parts that the model or its teacher learned from, by its card; empty where it does not say."""
    entries = [entry for entry in _entries(model) if entry.get("use", "").startswith(LEARNING)]
    found = [Lesson(str(entry.get("name", "")), str(entry.get("part", ""))) for entry in entries]
    return list(dict.fromkeys(found))


def _entries(model: Classifier) -> Sequence[Mapping[str, str]]:
    card = getattr(model, "card", None)
    return () if card is None else card.data


def marks(data: Dataset, split: str, samples: Samples, against: Sequence[Lesson]) -> Mask:
    """(N,): those of ``samples``, the part ``split``, that ``data`` marks as standing in its first part, too.

    All are false where that part is no lesson of ``against``, under whosever labels: nobody saw the copies.
    """
    seen = any(lesson.part == data.splits[0] and _are_of(data, lesson.title) for lesson in against)
    return np.isin(samples.rows, data.leaked(split) if seen else ())


def _are_of(data: Dataset, title: str) -> bool:
    """Whether the set ``title`` has the pictures of ``data``, under whosever labels."""
    own = data.pictures_of or data.called
    if title in (data.called, own):
        return True
    sets = map(open_set, registry.names("datasets"))
    return any(found.called == title and found.pictures_of == own for found in sets)


def published(marked: Mask) -> Leaks:
    """Only what the data set itself marks."""
    note = "Near duplicates were not sought." if marked.any() else "Duplicates were not sought."
    by = "published" if marked.any() else "none"
    return Leaks(by, marked, np.zeros_like(marked), marked=int(marked.sum()), note=note)


def audited(
    data: Dataset,
    test: Part,
    against: Sequence[Lesson],
    marked: Mask,
    progress: Callable[[str, int, int], None],
) -> Leaks:
    """Duplicates of the part ``test`` of ``data`` in the parts ``against``, and within it.

    A part that cannot be read is named in the note; without any, only what the data set marks is counted.
    """
    progress(f"Seeking duplicates within {test.name}", 0, len(against) + 1)
    inside = compare(test, test).as_dict()
    within = {"exact": inside["exact"], "near": inside["near"]}
    exact, near, conflict = np.zeros((3, len(test.samples)), bool)
    people: set[str] | None = None
    read, problems = [], []
    for done, lesson in enumerate(against, start=1):
        name = lesson.part if lesson.title == data.called else f"{lesson.title} {lesson.part}"
        progress(f"Seeking duplicates in {name}", done, len(against) + 1)
        if not lesson.part:
            problems.append(f"Copies in {lesson.title} were not sought: the card does not say in which part.")
            continue
        try:
            learned = _opened(lesson, data)
            other = part_of(learned, name, learned.load(lesson.part))
        except (SourceError, BadOption) as error:  # it is not there, or its parts cannot be drawn anew
            problems.append(f"{name} could not be read: {error}")
            continue
        except UnknownName:  # without expressions, as landmarks68, or a folder of the user's
            problems.append(f"Copies in {name} were not sought: no reader of expressions knows it.")
            continue
        overlap = compare(test, other)
        exact |= overlap.marked(overlap.exact)
        near |= overlap.marked(~overlap.exact)
        conflict |= overlap.marked(overlap.conflict)
        if overlap.people is not None:
            people = (people or set()) | set(overlap.people)
        read.append(name)
    if not read:
        note = " ".join(problems) or "No other part is known that was learned from."
        return replace(published(marked), note=note, within=within)
    return Leaks(
        "audit",
        exact,
        near & ~exact,
        tuple(read),
        int(conflict.sum()),
        int(marked.sum()),
        None if people is None else tuple(sorted(people)),
        " ".join(problems),
        within,
    )


def _opened(lesson: Lesson, data: Dataset) -> Dataset:
    """The set of ``lesson``: ``data``, or the one of that title; `UnknownName` where there is none.

    Its parts are drawn as the lesson's were.
    """
    for found in chain((data,), map(open_set, registry.names("datasets"))):
        if found.called == lesson.title:
            return _beside(found, data)
        drawn = found.drawn_as(lesson.title) if isinstance(found, DrawnPictureSet) else None
        if drawn is not None:
            return drawn
    raise UnknownName("data set", lesson.title, registry.names("datasets"))


def _beside(found: Dataset, data: Dataset) -> Dataset:
    """``found`` in the folder of ``data`` where one labels the other's pictures: they lie together."""
    return replace(found, folder=data.folder) if data.title != found.title and _share(found, data) else found


def _share(one: Dataset, two: Dataset) -> bool:
    return (one.pictures_of or one.title) == (two.pictures_of or two.title)
