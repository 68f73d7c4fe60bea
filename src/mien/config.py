"""Settings: dataclasses with defaults, then a TOML file, then what the caller gives; later ones win."""

import re
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from mien.errors import BadOption, UnknownName, UsageError

T = TypeVar("T")


_BETWEEN_NAMES = re.compile(r",(?!\w+=)")
"""A comma, but not one between the options of a name."""


@dataclass(frozen=True, slots=True)
class AnalyzerOptions:
    """How faces are found and read.

    ``detector``, ``classifier``, ``landmarker``, ``aligner``, ``tracker`` and ``smoother`` are plug-in names,
    with options as ``name:key=value``; no ``landmarker`` (empty) means no facial points. No ``classifier``
    (empty) means that the detector reads expressions, where it can, and else `CLASSIFIER` does; `OWN` insists
    on the detector; one that is named reads every face, whatever the detector reads. ``measures`` are
    names too, also as one text with commas; those that need facial points bring `LANDMARKER` along, and
    ``min_quality`` brings the measure `QUALITY`. ``steady`` filters facial points in streams, so that a still
    face's do not tremble.

    ``max_faces`` keeps the largest faces of a frame (0: all); ``min_face`` ignores faces less high than this,
    in pixels. Faces of less than ``min_quality`` (0 to 1) are found and tracked, but their expression is not
    read.
    """

    detector: str = "mien_face"
    classifier: str = ""
    landmarker: str = ""
    aligner: str = "eyes"
    tracker: str = "iou_kalman"
    smoother: str = "exponential"
    measures: tuple[str, ...] = ()
    steady: bool = True
    max_faces: int = 0
    min_face: float = 0.0
    min_quality: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", listed(self.measures))
        for name in ("max_faces", "min_face", "min_quality"):
            if not getattr(self, name) >= 0:  # also NaN, which TOML can say
                raise BadOption(f"{name}={getattr(self, name)} is no limit. Give 0 for none, or more.")
        if self.min_quality > 1:
            raise BadOption(f"min_quality={self.min_quality} refuses every face. Give 0 to 1.")


CLASSIFIER = "vgg_slim"
"""What reads expressions where nothing else was chosen and the detector reads none."""
OWN = "detector"
"""In place of a classifier's name: what the detector reads itself, in the same pass."""
LANDMARKER = "mien_68"
"""What finds facial points where they are needed and nothing else was chosen."""
QUALITY = "quality"
"""The measure, and its column, that ``min_quality`` looks at."""


def listed(names: str | Iterable[str]) -> tuple[str, ...]:
    """Names with their options, from one text such as ``"pose,texture:cells=4,radius=2"`` or a list."""
    parts = _BETWEEN_NAMES.split(names) if isinstance(names, str) else names
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; `UsageError` where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
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


_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text in quotes",
    tuple[str, ...]: "a text in quotes or a list of them",
}


def _fits(value: Any, hint: Any) -> bool:
    """Whether ``value`` is of the type ``hint``; whole numbers do for float, truth values for no number."""
    if _is_union(hint):
        return any(_fits(value, member) for member in typing.get_args(hint))
    if hint == tuple[str, ...]:
        texts = [value] if isinstance(value, str) else value
        return isinstance(texts, (list, tuple)) and all(isinstance(text, str) for text in texts)
    kind = typing.get_origin(hint) or hint
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, (int, float))
    return not isinstance(kind, type) or isinstance(value, kind)


def _wording(hint: Any) -> str:
    members = typing.get_args(hint) if _is_union(hint) else (hint,)
    kinds = [kind for kind in members if kind is not type(None)]
    return " or ".join(_WORDS.get(kind, getattr(kind, "__name__", str(kind))) for kind in kinds)


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)
