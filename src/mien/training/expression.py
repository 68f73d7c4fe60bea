"""Training of expression classifiers: what a recipe of the task "expression" stands for."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from mien.training import distillation, loop, recipe, sets
from mien.training.balance import class_weights
from mien.training.data import Faces
from mien.training.export import Exported, export
from mien.training.module import ExpressionModule
from mien.training.recipe import Recipe
from mien.training.sets import Parts
from mien.training.start import fresh

logger = logging.getLogger(__name__)
__all__ = ["Exported", "export", "load", "prepared", "task"]


def load(name: str, **schedule: Any) -> Recipe:
    """See `recipe.load`."""
    return recipe.load(name, **schedule)


def task(chosen: Recipe) -> loop.Task:
    """The network with fresh weights and the data that ``chosen`` names.

    Raises `UnknownName` for names that do not exist, `SourceError` for absent data and `BadOption` for data
    that leaves nothing to learn from or to choose by.
    """
    data = sets.load(chosen)
    return prepared(chosen, data, fresh(chosen, data.outputs))


def prepared(chosen: Recipe, data: Parts, network: nn.Module) -> loop.Task:
    """``network``, to be trained on ``data`` as ``chosen`` says; raises as `distillation.teacher` does.

    Expressions of which there is no picture to learn from are named in the log.
    """
    # A small set makes small steps: each process needs its share of every one.
    schedule = replace(chosen.schedule, batch=min(chosen.schedule.batch, len(data.train)))
    classes = len(data.labels)
    counts = np.bincount(data.train.samples.targets, minlength=classes)
    missing = [label for label, count in zip(data.labels, counts, strict=True) if not count]
    if missing:
        logger.warning(
            "There is no picture of %s to learn from: hardly any will be read so.", " or ".join(missing)
        )
    balanced = chosen.data.balance == "loss"
    weights = class_weights(data.train, data.outputs) if balanced else None
    faces = Faces(data.train, data.select, replace(chosen, schedule=schedule), classes)
    teacher = distillation.teacher(chosen, data)
    network.train()  # one that was loaded is set to answer
    module = ExpressionModule(network, schedule, classes, weights, teacher)
    return loop.Task(chosen.name, chosen.seed, schedule, module, faces)
