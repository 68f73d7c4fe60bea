"""Training of expression classifiers: what a recipe of the task "expression" stands for."""

from typing import Any

from mien import registry
from mien.datasets.base import Dataset
from mien.training import loop, models, recipe
from mien.training.data import Faces
from mien.training.export import Exported, export
from mien.training.module import ExpressionModule
from mien.training.recipe import Recipe

__all__ = ["Exported", "export", "load", "task"]


def load(name: str, **schedule: Any) -> Recipe:
    """See `recipe.load`."""
    return recipe.load(name, **schedule)


def task(chosen: Recipe) -> loop.Task:
    """The network with fresh weights and the data that ``chosen`` names.

    Raises `UnknownName` for names that do not exist and `SourceError` for absent data.
    """
    dataset: Dataset = registry.load("datasets", chosen.data.dataset)
    train, select = dataset.load(chosen.data.train), dataset.load(chosen.data.select)
    if chosen.data.drop_blank:
        train = train.without_blank()
    loop.seed(chosen.seed)
    network = models.build(
        chosen.model, len(dataset.labels), chosen.input.channels, chosen.input.width, **chosen.network
    )
    module = ExpressionModule(network, chosen.schedule)
    return loop.Task(chosen.name, chosen.seed, chosen.schedule, module, Faces(train, select, chosen))
