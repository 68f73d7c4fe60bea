"""The network that a recipe describes."""

from mien.errors import BadOption
from mien.labels import FER7
from mien.training import models
from mien.training.models.yolo_expression import YoloExpression
from mien.training.yolo.recipe import YoloRecipe

CHANNELS = 3


def fresh(recipe: YoloRecipe) -> YoloExpression:
    """The recipe's network with fresh weights for seven expressions; `BadOption` for one of another kind."""
    network = models.build(recipe.model, len(FER7), CHANNELS, **recipe.network)
    if not isinstance(network, YoloExpression):
        raise BadOption(f'model={recipe.model} does not find faces. Give model = "yolo_expression".')
    return network
