"""What a network is made of: its layers, the shapes of what they give, and what they cost."""

import torch
from torch import Tensor, nn

from mien.errors import UnknownName
from mien.evaluation.layers import Layer
from mien.training import building, recipe, sets
from mien.training.recipe import Recipe

SEVEN = 7
"""Classes of a network that no recipe tells how many."""


def names() -> list[str]:
    """The recipes for expression classifiers, and the networks of such that no recipe is named for."""
    return sorted({*filter(building.is_expression, recipe.names()), *building.networks()})


def of_model(name: str) -> list[Layer]:
    """The layers of the recipe ``name``'s network, else of the network ``name`` with its defaults.

    Raises `UnknownName` where neither exists.
    """
    known = name in recipe.names() or name.endswith((".toml", ".json"))
    if not known and name not in names():
        raise UnknownName("network or recipe", name, names())
    chosen = recipe.load(name) if known else Recipe(name, name)
    classes = len(sets.wanted_labels(chosen)) if known else SEVEN
    spec = chosen.input
    return layers(building.build(chosen, classes), (spec.channels, spec.height, spec.width))


def layers(network: nn.Module, shape: tuple[int, ...]) -> list[Layer]:
    """Those of ``network`` that have no layers inside, as a picture of ``shape`` meets them.

    Trainable parameters are counted, once where a layer is met twice.
    """
    met: list[Layer] = []
    leaves = {module: name for name, module in network.named_modules() if not list(module.children())}

    def note(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        name, kind = leaves[module], type(module).__name__
        again = any(layer.name == name for layer in met)  # its weights are the same ones
        parameters = 0 if again else sum(entry.numel() for entry in module.parameters())
        met.append(Layer(name, kind, tuple(output.shape[1:]), parameters, _operations(module, output[0])))

    hooks = [module.register_forward_hook(note) for module in leaves]
    with torch.inference_mode():
        network.eval()(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return met


def _operations(module: nn.Module, output: Tensor) -> int:
    """``output``: of one picture."""
    if isinstance(module, nn.Conv2d):
        return 2 * output.numel() * module.weight[0].numel()
    return 2 * output.numel() * module.in_features if isinstance(module, nn.Linear) else 0
