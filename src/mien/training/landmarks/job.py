"""What a recipe of the task "landmarks" stands for."""

from mien import registry
from mien.datasets import _landmarks68
from mien.training import loop
from mien.training.landmarks import network
from mien.training.landmarks.data import Batches, Portrayed
from mien.training.landmarks.export import export
from mien.training.landmarks.module import PointsModule
from mien.training.landmarks.recipe import PointRecipe, load

__all__ = ["export", "load", "task"]


def task(recipe: PointRecipe) -> loop.Task:
    """The network with fresh weights, and the faces in memory.

    Raises `SourceError` for absent data, `UnknownName` for parts that it does not have, and what the loading
    of the detector raises that the export asks.
    """
    options, schedule = recipe.data, recipe.schedule
    if options.detector:
        registry.load("detectors", options.detector)  # now: the export asks for it, when all is learnt
    learning, select = (_landmarks68.load(part, options.folder) for part in (options.train, options.select))
    train = Batches(learning, recipe.input, recipe.crop, recipe.augment)
    data = Portrayed(train, Batches(select, recipe.input, recipe.crop), schedule.batch, recipe.seed)
    loop.seed(recipe.seed)
    side = recipe.input.width
    module = PointsModule(network.build(side, recipe.input.channels), schedule, side)
    return loop.Task(recipe.name, recipe.seed, schedule, module, data, monitor="val_score")
