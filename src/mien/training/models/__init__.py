"""Networks: one file each.

Those for expressions have ``build(classes, channels=1, side=48, **options) -> nn.Module``, which returns
logits; the options are written in a recipe's ``[network]``.
"""

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Any

from mien.errors import BadOption, UnknownName

if TYPE_CHECKING:
    from torch import nn


def names() -> list[str]:
    """The networks that can be trained."""
    stems = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(stem for stem in stems if not stem.startswith("_"))


def build(name: str, classes: int, channels: int, side: int = 48, **options: Any) -> "nn.Module":
    """The network ``name`` with fresh weights, for pictures of ``side`` x ``side``.

    Raises `UnknownName` for a network or an option that does not exist and `BadOption` for a value that does
    not fit.
    """
    if name not in names():
        raise UnknownName("network", name, names())
    make = importlib.import_module(f"{__name__}.{name}").build
    known = dict(list(inspect.signature(make).parameters.items())[3:])
    for option, value in options.items():
        if option not in known:
            raise UnknownName(f"option of {name}", option, known)
        _check(name, option, value, known[option].default)
    try:
        network: nn.Module = make(classes, channels, side, **options)
    except ValueError as error:  # torch's, for a number that means nothing
        given = ", ".join(f"{option}={value}" for option, value in options.items())
        raise BadOption(f"{name} cannot be built with {given}: {error}.") from error
    return network


def _check(name: str, option: str, value: Any, default: Any) -> None:
    """Refuse a ``value`` of another kind than the ``default``; a whole number does for a share."""
    kinds = (int, float) if isinstance(default, float) else (type(default),)
    if type(value) not in kinds:
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise BadOption(f"{option}={value!r} of {name} must be {wanted}. Default: {default!r}.")
