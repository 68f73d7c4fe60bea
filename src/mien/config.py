"""Settings: dataclasses with defaults, then a TOML file, then what the caller gives; later ones win."""

import tomllib
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
            if getattr(self, name) < 0:
                raise BadOption(f"{name}={getattr(self, name)} is negative. Give 0 for no limit.")


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; `UsageError` where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read settings '{path}': {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"Settings '{path}' are not valid TOML: {error}.") from error


def merge(defaults: T, *layers: Mapping[str, Any]) -> T:
    """``defaults`` (a dataclass) with each layer's values over it; None in a layer means "not given"."""
    known = [entry.name for entry in fields(defaults)]  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if key not in known:
                raise UnknownName("setting", key, known)
            if value is not None:
                values[key] = value
    return replace(defaults, **values)  # type: ignore[type-var]
