"""What ``mien run`` is told: the tables of the settings file, then the flags over them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from mien.batch import Span
from mien.config import AnalyzerOptions, merge, read_toml
from mien.drawing.style import Style
from mien.errors import BadOption, UnknownName
from mien.sources.base import Target

T = TypeVar("T")
TABLES = ("analyzer", "run", "draw", "server", "sources")
"""The tables of a settings file; ``[server]`` is read by ``mien serve`` alone."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How sources are analysed, which part of them, what is drawn, and what names stand for."""

    analyzer: AnalyzerOptions
    span: Span
    drawing: Mapping[str, Any]
    sources: Mapping[str, Target]

    def target(self, text: str) -> Target:
        """What ``text`` on the command line stands for: a named source, a camera's index, or itself."""
        if text in self.sources:
            return self.sources[text]
        return int(text) if text.isdigit() and not Path(text).exists() else text


def read(path: Path | None, flags: Mapping[str, Any]) -> RunSettings:
    """The settings of the TOML file ``path`` with ``flags`` over them; None in ``flags`` means not given."""
    tables = read_toml(path) if path is not None else {}
    times = {name: seconds(str(flags[name])) for name in ("start", "end") if flags.get(name) is not None}
    for name in tables:
        if name not in TABLES:
            raise UnknownName("settings table", name, TABLES)
    return RunSettings(
        analyzer=_table(AnalyzerOptions(), "analyzer", tables, flags),
        span=_table(Span(), "run", tables, {**flags, **times}),
        drawing=asdict(_table(Style(), "draw", tables, flags)),
        sources=tables.get("sources", {}),
    )


def seconds(text: str) -> float:
    """Seconds from ``90``, ``90.5``, ``1:30`` or ``1:02:03.5``; `BadOption` for anything else."""
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        parts = []
    if not 1 <= len(parts) <= 3 or not all(0 <= part < float("inf") for part in parts):
        raise BadOption(f"'{text}' is no time. Give seconds (90.5) or minutes and seconds (1:30.5).")
    total = 0.0
    for part in parts:
        total = total * 60 + part
    return total


def words(text: str, valid: Sequence[str], kind: str) -> tuple[str, ...]:
    """The parts of a comma-separated list, each of them one of ``valid``."""
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    for part in parts:
        if part not in valid:
            raise UnknownName(kind, part, valid)
    if not parts:
        raise BadOption(f"No {kind} is given. Valid: {', '.join(valid)}.")
    return parts


def _table(defaults: T, name: str, tables: Mapping[str, Any], flags: Mapping[str, Any]) -> T:
    known = {entry.name for entry in fields(defaults)}  # type: ignore[arg-type]
    given = {key: value for key, value in flags.items() if key in known}
    try:
        return merge(defaults, tables.get(name, {}), given)
    except (TypeError, AttributeError) as error:
        raise BadOption(f"A setting in [{name}] has a value of the wrong kind: {error}.") from error
