"""Training of expression classifiers: what a recipe of the task "expression" stands for."""

from dataclasses import replace
from typing import Any

from torch import nn

from mien.training import distillation, loop, recipe, sets
from mien.training.balance import class_weights
from mien.training.data import Faces
from mien.training.export import Exported, export
from mien.training.module import ExpressionModule
from mien.training.recipe import Recipe
from mien.training.sets import Parts
from mien.training.start import fresh

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
    return prepared(chosen, data, fresh(chosen, len(data.labels)))


def prepared(chosen: Recipe, data: Parts, network: nn.Module) -> loop.Task:
    """``network``, to be trained on ``data`` as ``chosen`` says; raises as `distillation.teacher` does."""
    # A small set makes small steps: each process needs its share of every one.
    schedule = replace(chosen.schedule, batch=min(chosen.schedule.batch, len(data.train)))
    classes = len(data.labels)
    balanced = chosen.data.balance == "loss"
    weights = class_weights(data.train.samples.targets, classes) if balanced else None
    faces = Faces(data.train, data.select, replace(chosen, schedule=schedule), classes)
    teacher = distillation.teacher(chosen, data)
    network.train()  # one that was loaded is set to answer
    module = ExpressionModule(network, schedule, weights, teacher)
    return loop.Task(chosen.name, chosen.seed, schedule, module, faces)
