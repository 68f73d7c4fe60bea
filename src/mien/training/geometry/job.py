"""What a recipe of the task "geometry" stands for."""

from mien.classifiers._face_numbers import COUNT
from mien.datasets._opening import open_set
from mien.training import loop
from mien.training.geometry.data import MeasuredFaces, measured
from mien.training.geometry.export import export
from mien.training.geometry.network import NumberNetwork
from mien.training.geometry.recipe import GeometryRecipe, load
from mien.training.module import ExpressionModule

__all__ = ["export", "load", "task"]


def task(recipe: GeometryRecipe) -> loop.Task:
    """The network with fresh weights, and the numbers of all faces.

    Raises `UnknownName` for names that do not exist and `SourceError` for absent data.
    """
    data = open_set(recipe.data.dataset)
    train = measured(recipe, data.load(recipe.data.train).without_blank(), mirror=recipe.data.mirror)
    select = measured(recipe, data.load(recipe.data.select), mirror=False)
    loop.seed(recipe.seed)
    network = NumberNetwork(COUNT, len(data.labels), recipe.hidden, recipe.dropout)
    network.scale_by(train.numbers)
    batch = recipe.schedule.batch
    return loop.Task(
        recipe.name,
        recipe.seed,
        recipe.schedule,
        ExpressionModule(network, recipe.schedule, len(data.labels)),
        MeasuredFaces(train, select, batch, recipe.seed),
        smallest_share=batch,
    )
