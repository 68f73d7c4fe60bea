"""The network of a recipe."""

import torch
from torch import nn

from mien.errors import BadOption, UnknownName
from mien.training import models, recipe
from mien.training.recipe import Recipe


def networks() -> list[str]:
    """Those that read expressions of cut faces: others have a recipe of their name for another task."""
    return [name for name in models.names() if name not in recipe.names() or is_expression(name)]


def is_expression(name: str) -> bool:
    """Whether the recipe ``name`` is one for expression classifiers."""
    return bool(recipe.read(name)[1].get("task", "expression") == "expression")


def build(chosen: Recipe, classes: int) -> nn.Module:
    """The network of ``chosen`` with fresh weights, its output being ``classes`` logits.

    Raises `UnknownName` for a network or an option that does not exist, and `BadOption` where the network
    cannot take the pictures of the recipe's ``[input]``.
    """
    spec = chosen.input
    if chosen.model not in networks():
        raise UnknownName("network", chosen.model, networks())
    try:
        network = models.build(chosen.model, classes, spec.channels, spec.width, **chosen.network)
        with torch.inference_mode():
            network.eval()(torch.zeros(1, spec.channels, spec.height, spec.width))
    except RuntimeError as error:  # torch's, for shapes that do not fit
        raise BadOption(
            f"{chosen.model} cannot take pictures of {spec.width} x {spec.height} pixels: {error}. Networks "
            "want squares, of 48 pixels say; most can do with more, few with much less."
        ) from error
    return network.train()
