"""mien recognises facial expressions in real time: pictures, videos, cameras and streams."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mien.errors import MienError
    from mien.pipeline import Analyzer, analyze, stream
    from mien.registry import load, names
    from mien.types import Box, Detection, Expression, Face, Frame, FrameResult

__version__ = "0.1.0"

# Resolved on first use, so that ``import mien`` costs milliseconds and NumPy loads only when needed.
_HOMES = {
    "Analyzer": "mien.pipeline",
    "analyze": "mien.pipeline",
    "stream": "mien.pipeline",
    "load": "mien.registry",
    "names": "mien.registry",
    "MienError": "mien.errors",
    "Box": "mien.types",
    "Detection": "mien.types",
    "Expression": "mien.types",
    "Face": "mien.types",
    "Frame": "mien.types",
    "FrameResult": "mien.types",
}
__all__ = [
    "Analyzer",
    "Box",
    "Detection",
    "Expression",
    "Face",
    "Frame",
    "FrameResult",
    "MienError",
    "__version__",
    "analyze",
    "load",
    "names",
    "stream",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mien' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
