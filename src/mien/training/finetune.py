"""From a trained model to one that also knows the user's own pictures."""

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mien import registry
from mien.classifiers.onnx import softmax
from mien.errors import BadOption, SourceError, UnknownName
from mien.evaluation import metrics
from mien.training import building, expression, recipe, run, sets
from mien.training.machine import HERE, Machine
from mien.training.options import DataOptions, DistillOptions, Paper, Published, SetOptions, VotesOptions
from mien.training.parts import Part
from mien.training.recipe import Recipe
from mien.training.start import Start, find

logger = logging.getLogger(__name__)

REPORT = "finetune.json"
KNOWN = SetOptions("fer2013", select="PublicTest")
"""What a tuned model is also scored on: whether it still reads other people's faces."""
HOLDOUT = 0.2
_OF_NETWORK = ("input", "crop", "network")
"""Settings of a recipe that a trained model has its own of."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How one part of a data set is read before and after; shares in [0, 1]."""

    part: str
    pictures: int
    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tuned:
    """The training and the model that came of it, and the comparison with what it started from."""

    run: run.Run
    compared: tuple[Compared, ...]


def finetune(
    base: str,
    data: str = "",
    pattern: str = "",
    out: Path | None = None,
    *,
    machine: Machine = HERE,
    log_to: str = "",
    resume: bool = False,
    **schedule: Any,  # typed by `recipe.Schedule`
) -> Tuned:
    """Let the model ``base`` (see `start.find`) learn from the data set ``data``.

    That is a ``NAME``, or ``NAME:FOLDER``. ``pattern`` is a recipe to learn by, and to take the data from
    where none is named. The rest is as of `run.run`. ``finetune.json`` in ``out`` holds the comparison.
    Raises `BadOption` without data, for pictures with labels that the model does not know, for a recipe of
    another task, and where the model would be overwritten.
    """
    if pattern and (kind := run.task_of(pattern)) != run.DEFAULT:
        raise BadOption(
            f"The recipe '{pattern}' is for {kind} and names its own data: leave --data out, or name one for "
            "expressions."
        )
    start = find(base)
    chosen = plan(start, data, recipe.load(pattern) if pattern else None, **schedule)
    folder = out or Path("runs") / chosen.name
    run.spare(start.weights, folder)
    parts = sets.load(chosen)
    task = expression.prepared(chosen, parts, start.network(parts.train))
    done = run.finish(expression, chosen, task, folder, machine=machine, log_to=log_to, resume=resume)
    compared = tuple(_compare(start, find(str(done.path)), parts))
    text = json.dumps([asdict(row) for row in compared], indent=2) + "\n"
    (folder / REPORT).write_text(text, "utf-8")
    return Tuned(done, compared)


def plan(start: Start, data: str, pattern: Recipe | None = None, **schedule: Any) -> Recipe:
    """The recipe by which ``start`` learns.

    That of ``pattern``, if given; else the model's own, more gently: a tenth of its learning rate (all of it
    where the model was tuned before) for 20 epochs, ended by 5 without a lower loss. ``schedule`` values that
    are not None win over both.
    Raises `UnknownName` where ``pattern`` names no network; `BadOption` without data, where it is a recipe
    for another network, and where its data are to be learned from with its votes, which a trained model has
    no outputs for.
    """
    if not data and pattern is None:
        raise BadOption("There is nothing to learn from: give --data NAME:FOLDER, or a recipe.")
    own = start.recipe
    if pattern is not None and pattern.model not in (*building.networks(), pattern.name):
        raise UnknownName("network", pattern.model, building.networks())
    if pattern is not None and pattern.model != own.model and pattern.model in building.networks():
        raise BadOption(
            f"The recipe '{pattern.name}' is for {pattern.model}, '{own.name}' is {own.model}: it would stay "
            "one. Name a model of that network, or a recipe for this one."
        )
    if pattern is not None and pattern.votes.dataset and not data:
        raise BadOption(
            f"The recipe '{pattern.name}' learns [votes] beside the labels, a trained model learns on from "
            "labels alone: leave [votes] out of it, or train by it without --from."
        )
    if pattern is not None:
        _tell_unused(pattern, own, data)
    made = replace(
        own,
        name=f"{own.name}_tuned",
        description=f"{own.description} Fine-tuned.".strip(),
        unsure_below=pattern.unsure_below if pattern and pattern.unsure_below else own.unsure_below,
        data=_wanted(start, data, pattern),
        schedule=pattern.schedule if pattern else _gentle(own),
        augment=pattern.augment if pattern else own.augment,
        votes=VotesOptions(),  # nobody voted on the new pictures
        distill=pattern.distill if pattern else DistillOptions(),  # a teacher knows none of the new pictures
        seed=pattern.seed if pattern else own.seed,
        published=Published(),
        paper=Paper(),  # its figure is of another training
        base=own.name,
        base_data=start.data,
    )
    return recipe.build(made, {}, schedule)


def _tell_unused(pattern: Recipe, own: Recipe, data: str) -> None:
    """Name in the log what ``pattern`` states and a trained model, or ``--data``, decides."""
    plain = Recipe(pattern.name, pattern.model)
    usual = {name: (getattr(plain, name), getattr(own, name)) for name in _OF_NETWORK}
    fixed = [name for name, values in usual.items() if getattr(pattern, name) not in values]
    if fixed:
        logger.warning("Not used of the recipe: %s. %s has its own.", " and ".join(fixed), own.name)
    if data and (pattern.data.used != plain.data.used or pattern.votes.dataset):
        logger.warning("Not used of the recipe: its sets and votes. %s is learned from.", data)


def _gentle(own: Recipe) -> recipe.Schedule:
    rate = own.schedule.learning_rate if own.base else own.schedule.learning_rate / 10
    ema = min(own.schedule.ema, 0.99)
    return replace(own.schedule, learning_rate=rate, epochs=20, warmup=1, stop_after=5, ema=ema)


def _wanted(start: Start, data: str, pattern: Recipe | None) -> DataOptions:
    """What is learned from: the set ``data``, balanced as ``pattern`` says; else the pattern's own sets."""
    if data or pattern is None:
        return replace(_data(start, data), balance=pattern.data.balance if pattern else "none")
    return replace(pattern.data, labels=start.labels)


def _data(start: Start, data: str) -> DataOptions:
    """What to learn from, choose by and score on: parts of the set, or a share held out of the first.

    Nothing is chosen by a part called test: that is for the score alone. Nor is anything learned from it, or
    from one to choose by: `BadOption` where there are no others.
    """
    if Path(data).is_dir() and data not in registry.names("datasets"):
        raise BadOption(f"'{data}' is no data set but a folder: write --data folder:{data}.")
    splits = sets.open_set(data).splits
    train = next((split for split in splits if split == "all" or split.lower().startswith("train")), "")
    if not train:
        raise BadOption(
            f"'{data}' has no part to learn from, only {' and '.join(splits)}. Put those to learn from "
            "into a folder train."
        )
    others = [split for split in splits if split != train]
    test = "test" if "test" in others else ""
    choosable = sorted(
        (split for split in others if split != test), key=lambda split: split[:3].lower() != "val"
    )
    select = choosable[0] if choosable else ""
    holdout = 0.0 if select else HOLDOUT
    return DataOptions(data, train, select, test, holdout=holdout, labels=start.labels)


def _compare(start: Start, tuned: Start, parts: sets.Parts) -> list[Compared]:
    known = [part for part in _known(start) if part.name != parts.select.name]
    shown = [*known, parts.select, *([parts.test] if parts.test else [])]
    return [_row(part, _score(start, part), _score(tuned, part)) for part in shown]


def _row(part: Part, before: tuple[float, float], after: tuple[float, float]) -> Compared:
    accuracy, macro_f1 = zip(before, after, strict=True)
    return Compared(part.name, len(part), accuracy, macro_f1)


def _score(model: Start, part: Part) -> tuple[float, float]:
    """Accuracy and macro F1."""
    probabilities, targets = softmax(model.logits(part)), part.samples.targets
    matrix = metrics.confusion(probabilities, targets)
    return metrics.accuracy(probabilities, targets), metrics.macro_f1(matrix)


def _known(start: Start) -> list[Part]:
    try:
        return list(sets.read(KNOWN, sets.open_set(KNOWN.name), start.labels).values())
    except (SourceError, BadOption):
        return []  # not there, or of other labels: then there is nothing to compare
