"""Scores shipped classifiers (the ONNX files, without torch) side by side on one part of a data set."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mien import artifact, registry
from mien.classifiers.base import Classifier
from mien.datasets._opening import open_set
from mien.datasets.base import Dataset, Samples
from mien.errors import BadOption, MienError, ModelError, UnknownName
from mien.evaluation import classifier_leaks, flops, groups, learning_curves, machine, roc
from mien.evaluation.classifier_leaks import Leaks, Lesson
from mien.evaluation.classifier_time import ms_per_face
from mien.evaluation.leakage import part_of
from mien.evaluation.prediction import left_out, match, predict
from mien.evaluation.score import Score, plain, score
from mien.evaluation.significance import mcnemar
from mien.evaluation.views import VIEWS
from mien.types import Floats

__all__ = ["Report", "Score", "Settings", "evaluate", "predict", "score"]

Report = dict[str, Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How classifiers are scored.

    ``view``: one of `mien.evaluation.views.VIEWS`. ``resamples`` draws give the intervals; 0: none.
    ``groups`` is a CSV file whose columns ``by`` (empty: all) say which pictures to score together.
    ``audit``: whether duplicates are sought in the part itself and in the parts ``against`` (empty: those,
    of this set or another, that the classifiers' cards name for learning), or only those counted that the
    data set itself marks. ``time``: whether to measure milliseconds per face.
    """

    data: str = "fer2013"
    split: str = "PublicTest"
    view: str = "none"
    resamples: int = 1000
    groups: Path | None = None
    by: tuple[str, ...] = ()
    audit: bool = True
    against: tuple[str, ...] = ()
    time: bool = True


def evaluate(
    classifiers: Sequence[str], settings: Settings | None = None, progress: Progress | None = None
) -> Report:
    """Score ``classifiers``, names or paths of models, on the same pictures; plain values, ready for JSON.

    The pictures are already cut, so they go to each classifier as they are. Raises `BadOption` for a
    classifier that lacks a label of the set. ``progress(what, done, all)`` is called as the work goes on.
    """
    settings, progress = settings or Settings(), progress or _silent
    names = list(dict.fromkeys(classifiers))
    models: dict[str, Classifier] = {name: registry.load("classifiers", name) for name in names}
    data = open_set(settings.data)
    _check(models, data, settings)
    columns = groups.read(settings.groups, settings.by) if settings.groups else {}
    progress(f"Reading {data.title} {settings.split}", 0, 1)
    samples = data.load(settings.split)
    if settings.groups:
        groups.check_named(columns, samples.rows, settings.groups)
    leaks = _leaks(list(models.values()), data, samples, settings, progress)
    report = _head(data, samples, settings, leaks)
    answers = {}
    for name, model in models.items():
        try:
            answers[name] = predict(model, samples, data.labels, _step(progress, name), settings.view)
        except ModelError as error:
            raise ModelError(f"'{name}' cannot be scored. {error}") from error
        found = score(
            answers[name],
            samples,
            leaks.exact,
            (name, settings.data, settings.split),
            unsure_below=model.unsure_below,
            labels=data.labels,
            near=leaks.near,
            resamples=settings.resamples,
            columns={**groups.own(samples), **columns},
        )
        report["classifiers"][name] = {
            **found.as_dict(),
            "roc": _curves(answers[name], samples, data.labels),
            "notes": _notes(model, data, settings.split),
            "model": facts(name),
            "curves": _learned(name),
            "ms_per_face": ms_per_face(model, list(samples.images[:64])) if settings.time else {},
        }
    report["comparisons"] = _comparisons(answers, samples)
    return report


def facts(name: str) -> dict[str, Any]:
    """Parameters, bytes of its file and operations per face of a classifier; None without a file."""
    try:
        model = artifact.load(registry.parse(name)[0], "expression")
    except MienError:  # no trained model, but a method in code
        return {"parameters": None, "bytes": None, "flops": None, "input": None, "sha256": None}
    card, path, spec = model.card, model.path, model.card.input
    try:
        operations: int | None = flops.count(path.read_bytes(), (1, spec.channels, spec.height, spec.width))
    except MienError:
        operations = None  # it runs, but not unoptimised: the other figures stand
    return {
        "parameters": card.parameters,
        "bytes": path.stat().st_size,
        "flops": operations,
        "input": f"{spec.size} {spec.colour}",
        "sha256": card.sha256,
    }


def _learned(name: str) -> learning_curves.Curves | None:
    try:
        return learning_curves.read(artifact.load(registry.parse(name)[0], "expression").path)
    except MienError:  # no trained model, but a method in code
        return None


def _check(models: dict[str, Classifier], data: Dataset, settings: Settings) -> None:
    """Refuse what cannot be scored before anything is read."""
    if not models:
        raise BadOption("No classifier is given. `mien list classifiers` shows what there is.")
    if settings.by and not settings.groups:
        raise BadOption("--by names columns of a file: give it with --groups.")
    if settings.view not in VIEWS:
        raise UnknownName("view", settings.view, VIEWS)
    for name in (settings.split, *settings.against):
        if name not in data.splits:
            raise UnknownName(f"split of {data.title}", name, data.splits)
    if settings.split in settings.against:
        raise BadOption(
            f"{settings.split} is scored: all of its pictures stand in it, and copies within it are counted "
            f"anyhow. Name other parts to seek copies in; {data.title} has {', '.join(data.splits)}."
        )
    for name, model in models.items():
        try:
            match(data.labels, model.labels)
        except BadOption as error:
            raise BadOption(f"'{name}' cannot be scored on {data.title}. {error}") from None


def _head(data: Dataset, samples: Samples, settings: Settings, leaks: Leaks) -> Report:
    return {
        "data": settings.data,
        "title": data.title,
        "split": settings.split,
        "samples": len(samples),
        "labels": list(data.labels),
        "settings": {**asdict(settings), "groups": settings.groups and settings.groups.name},
        "machine": machine.facts(),
        "leakage": leaks.as_dict(),
        "classifiers": {},
    }


def _leaks(
    models: Sequence[Classifier], data: Dataset, samples: Samples, settings: Settings, progress: Progress
) -> Leaks:
    asked = [Lesson(data.called, part) for part in settings.against]
    against = asked or classifier_leaks.learned_from(models, data, settings.split)
    published = classifier_leaks.marks(data, settings.split, samples, against)
    if not settings.audit:
        return classifier_leaks.published(published)
    test = part_of(data, settings.split, samples)
    return classifier_leaks.audited(data, test, against, published, progress)


def _notes(model: Classifier, data: Dataset, split: str) -> list[str]:
    """What has to be said beside the figures of ``model``."""
    notes = []
    for use in classifier_leaks.uses(model, data, split):
        if use == "learning":
            notes.append(f"It has learned from {split} itself: these figures say nothing of other pictures.")
        elif use != classifier_leaks.TEST:
            notes.append(f"{split} served its {use}: figures on pictures never used would be a little lower.")
    if not classifier_leaks.lessons(model):
        notes.append("Nothing says what it learned from: it may have been these pictures, too.")
    more = left_out(data.labels, model.labels)
    if more:
        notes.append(
            f"Its {', '.join(more)} {'has' if len(more) == 1 else 'have'} no pictures in {data.title}: left "
            "out, the other probabilities brought to a sum of 1 again."
        )
    return notes


def _curves(probabilities: Floats, samples: Samples, labels: Sequence[str]) -> dict[str, Any]:
    """Label to the points of its ROC curve."""
    found = {}
    for column, label in enumerate(labels):
        false, true = roc.curve(probabilities[:, column], samples.targets == column)
        found[label] = {"false": false.round(4).tolist(), "true": true.round(4).tolist()}
    return found


def _comparisons(answers: dict[str, Floats], samples: Samples) -> list[dict[str, Any]]:
    right: dict[str, npt.NDArray[np.bool_]] = {
        name: rows.argmax(axis=1) == samples.targets for name, rows in answers.items()
    }
    return [
        {"of": [first, second], **plain(mcnemar(right[first], right[second]))}
        for first, second in combinations(right, 2)
    ]


def _step(progress: Progress, name: str) -> Callable[[int, int], None]:
    return lambda done, whole: progress(f"Scoring {name}", done, whole)


def _silent(what: str, done: int, whole: int) -> None:
    """Nobody looks on."""
