"""Networks: one file each, with ``build(classes, channels) -> nn.Module`` that returns logits."""

import importlib
import pkgutil
from typing import TYPE_CHECKING

from mien.errors import UnknownName

if TYPE_CHECKING:
    from torch import nn


def names() -> list[str]:
    """The networks that can be trained."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def build(name: str, classes: int, channels: int) -> "nn.Module":
    """The network ``name`` with fresh weights; `UnknownName` where there is none."""
    if name not in names():
        raise UnknownName("network", name, names())
    network: nn.Module = importlib.import_module(f"{__name__}.{name}").build(classes, channels)
    return network
