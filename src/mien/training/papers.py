"""A training by a paper's protocol beside what the paper states, and what its test pictures can tell."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from mien import artifact
from mien.artifact import Artifact
from mien.classifiers.onnx import softmax
from mien.datasets.base import Dataset, Mask
from mien.errors import SourceError
from mien.evaluation import intervals, leakage, metrics
from mien.training import judging, sets
from mien.training.parts import Part
from mien.training.recipe import Paper, Recipe

FILE = "paper.json"
HONEST = ("fer2013", "PublicTest")
"""The pictures on which every model is scored, however its paper did it."""
Found = dict[str, Any]


def write(recipe: Recipe, model: Path, folder: Path) -> Found:
    """Put what `compare` finds of the exported ``model`` into ``folder``, as JSON."""
    found = compare(recipe, artifact.load(str(model), "expression"))
    (folder / FILE).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return found


def read(folder: Path) -> Found | None:
    """What `write` left in ``folder``; None where the recipe repeats no paper."""
    path = folder / FILE
    if not path.is_file():
        return None
    found: Found = json.loads(path.read_text("utf-8"))
    return found


def compare(recipe: Recipe, model: Artifact) -> Found:
    """``model``, trained by ``recipe``, beside the figure of the recipe's paper; plain values.

    ``own`` is by the paper's protocol: on the pictures that chose the weights, with copies of what was
    learned from counted, and the accuracy without them. ``honest`` is on `HONEST`, audited alike; None where
    that is what the paper used, or where it is not there or bears other labels.
    """
    data = sets.load(recipe)
    learned = _comparable(data.train, "what was learned from")
    other = _honest(recipe, data.labels)
    return {
        "recipe": recipe.name,
        "seed": recipe.seed,
        "paper": _stated(recipe.paper),
        "learned_from": len(data.train),
        "own": _scored(model, _comparable(data.select, data.select.name), learned, recipe.paper.accuracy),
        "honest": other and _scored(model, other, learned, recipe.paper.accuracy),
    }


def text(found: Mapping[str, Any]) -> Iterator[str]:
    """What `compare` found, in lines for people."""
    paper, own = found["paper"], found["own"]
    top2 = f", top-2 {_percent(paper['top2'])}" if paper["top2"] else ""
    chance = (
        f"; on {paper['pictures']:,} pictures 95 %: {_range(paper['interval'])}" if paper["pictures"] else ""
    )
    yield f"the paper: {_percent(paper['accuracy'])}{top2} on {paper['measured_on']}{chance}"
    yield f"here: {_line(own)}; the paper's lies {'within' if own['agrees'] else 'outside'}"
    yield f"  {_copies(own)}"
    if found["honest"]:
        yield f"honestly: {_line(found['honest'])}"
        yield f"  {_copies(found['honest'])}"


def together(found: Sequence[Mapping[str, Any]]) -> Found:
    """Mean, least and most accuracy over trainings by several seeds, and how many agree with the paper."""
    made: Found = {
        "seeds": [each["seed"] for each in found],
        "agree": sum(each["own"]["agrees"] for each in found),
    }
    for kind in ("own", "honest"):
        values = [each[kind]["accuracy"] for each in found if each[kind]]
        made[kind] = {"mean": fmean(values), "least": min(values), "most": max(values)} if values else None
    return made


def summary(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What `together` finds, in lines for people."""
    made = together(found)
    stated = _percent(found[0]["paper"]["accuracy"])
    for title, kind in (("here", "own"), ("honestly", "honest")):
        if made[kind]:
            low, high = _percent(made[kind]["least"]), _percent(made[kind]["most"])
            yield f"{title}, {len(found)} seeds: {_percent(made[kind]['mean'])} on average, {low} to {high}"
    yield f"the paper's {stated} lies within the interval of {made['agree']} of {len(found)} trainings"


def _comparable(part: Part, name: str) -> leakage.Part:
    return leakage.Part(name, part.samples, people_of=part.people_of)


def _honest(recipe: Recipe, labels: Sequence[str]) -> leakage.Part | None:
    name, split = HONEST
    if any(each.name == name and split in (each.train, each.select) for each in recipe.data.used):
        return None
    dataset: Dataset = sets.open_set(name)
    if tuple(labels) != tuple(dataset.labels):
        return None
    try:
        return leakage.Part(" ".join(HONEST), dataset.load(split))
    except SourceError:
        return None  # the figure by the paper's protocol stands without it


def _stated(paper: Paper) -> Found:
    right = round(paper.accuracy * paper.pictures)
    return {
        "accuracy": paper.accuracy,
        "top2": paper.top2,
        "pictures": paper.pictures,
        "measured_on": paper.measured_on,
        "interval": list(intervals.wilson(right, paper.pictures)) if paper.pictures else None,
    }


def _scored(model: Artifact, part: leakage.Part, learned: leakage.Part, stated: float) -> Found:
    samples = part.samples
    answers = judging.logits(model.read(), samples, model.card.input)
    right = answers.argmax(axis=1) == samples.targets
    beside = intervals.beside(int(right.sum()), len(samples), stated)
    overlap = leakage.compare(part, learned)
    counts = overlap.as_dict()
    copies = overlap.marked(np.ones_like(overlap.exact))
    return {
        "pictures_of": part.name,
        "pictures": len(samples),
        "right": int(right.sum()),
        "accuracy": beside.accuracy,
        "interval": list(beside.wilson),
        "agrees": beside.agrees,
        "top2": metrics.accuracy(softmax(answers), samples.targets, top=2),
        "exact": counts["exact"],
        "near": counts["near"],
        "people": counts["people"],
        "without_copies": _without(right, copies),
    }


def _without(right: Mask, copies: Mask) -> Found:
    kept = right[~copies]
    low, high = intervals.wilson(int(kept.sum()), len(kept))
    known = len(kept) > 0
    return {
        "pictures": len(kept),
        "accuracy": float(kept.mean()) if known else None,
        "interval": [low, high] if known else None,
    }


def _line(scored: Mapping[str, Any]) -> str:
    return (
        f"{_percent(scored['accuracy'])}, top-2 {_percent(scored['top2'])} on {scored['pictures']:,} "
        f"pictures of {scored['pictures_of']}, 95 %: {_range(scored['interval'])}"
    )


def _copies(scored: Mapping[str, Any]) -> str:
    without, people = scored["without_copies"], scored["people"]
    words = f"{scored['exact']} of them stand in what was learned from, "
    words += f"{scored['near']} more have a near copy there"
    if people is not None:
        words += f", {len(people)} people stand in both"
    if without["accuracy"] is None:
        return f"{words}; none is left without them"
    return f"{words}; without them {_percent(without['accuracy'])}, 95 %: {_range(without['interval'])}"


def _percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def _range(interval: Sequence[float]) -> str:
    low, high = interval
    return f"{low * 100:.1f} to {high * 100:.1f} %"
