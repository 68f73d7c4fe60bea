"""Networks: one file each.

Those for expressions have ``build(classes, channels=1, side=48, **options) -> nn.Module``, which returns
logits; the options are written in a recipe's ``[network]``.
"""

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Any

from mien.errors import UnknownName

if TYPE_CHECKING:
    from torch import nn


def names() -> list[str]:
    """The networks that can be trained."""
    stems = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(stem for stem in stems if not stem.startswith("_"))


def build(name: str, classes: int, channels: int, side: int = 48, **options: Any) -> "nn.Module":
    """The network ``name`` with fresh weights, for pictures of ``side`` x ``side``.

    Raises `UnknownName` for a network or an option that does not exist.
    """
    if name not in names():
        raise UnknownName("network", name, names())
    make = importlib.import_module(f"{__name__}.{name}").build
    known = list(inspect.signature(make).parameters)[3:]
    for option in options:
        if option not in known:
            raise UnknownName(f"option of {name}", option, known)
    network: nn.Module = make(classes, channels, side, **options)
    return network
