"""Settings: dataclasses with defaults, then a TOML file, then what the caller gives; later ones win."""

import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from mien.errors import BadOption, UnknownName, UsageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AnalyzerOptions:
    """How faces are found and read.

    ``detector``, ``classifier``, ``tracker`` and ``smoother`` are plug-in names, with options as
    ``name:key=value``. ``max_faces`` keeps the largest faces of a frame (0: all); ``min_face`` ignores faces
    less high than this, in pixels.
    """

    detector: str = "haar"
    classifier: str = "mini_xception"
    tracker: str = "iou_kalman"
    smoother: str = "exponential"
    max_faces: int = 0
    min_face: float = 0.0

    def __post_init__(self) -> None:
        for name in ("max_faces", "min_face"):
            if not getattr(self, name) >= 0:  # also NaN, which TOML can say
                raise BadOption(f"{name}={getattr(self, name)} is no limit. Give 0 for none, or more.")


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; `UsageError` where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read settings '{path}': {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"Settings '{path}' are not valid TOML: {error}.") from error


def merge(defaults: T, *layers: Mapping[str, Any]) -> T:
    """``defaults`` (a dataclass) with each layer's values over it; None in a layer means "not given".

    Raises `UnknownName` for a setting that does not exist and `BadOption` for a value of another type.
    """
    known = [entry.name for entry in fields(defaults)]  # type: ignore[arg-type]
    hints = typing.get_type_hints(type(defaults))
    values: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if key not in known:
                raise UnknownName("setting", key, known)
            if value is None:
                continue
            if not _fits(value, hints[key]):
                wanted, default = _wording(hints[key]), getattr(defaults, key)
                raise BadOption(f"{key} = {value!r} does not fit: give {wanted}. Default: {default!r}.")
            values[key] = value
    return replace(defaults, **values)  # type: ignore[type-var]


_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text in quotes"}


def _fits(value: Any, hint: Any) -> bool:
    """Whether ``value`` is of the type ``hint``; whole numbers do for float, truth values for no number."""
    if typing.get_args(hint) and typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_fits(value, member) for member in typing.get_args(hint))
    kind = typing.get_origin(hint) or hint
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, (int, float))
    return not isinstance(kind, type) or isinstance(value, kind)


def _wording(hint: Any) -> str:
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    return " or ".join(_WORDS.get(kind, getattr(kind, "__name__", str(kind))) for kind in kinds)
