"""What ``mien run`` is told: the tables of the settings file, then the flags over them."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from mien import registry
from mien.batch import Span
from mien.config import LANDMARKER, AnalyzerOptions, merge, read_toml
from mien.drawing.style import Style
from mien.errors import BadOption, UnknownName
from mien.sources._targets import exists, is_index
from mien.sources.base import Target

T = TypeVar("T")
TABLES = ("analyzer", "run", "capture", "draw", "server", "sources")
"""The tables of a settings file; ``[server]`` is read by ``mien serve`` alone."""
SHOWN = ("pose", "quality", "geometry")
"""The measures that are shown where none is named."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How sources are analysed and opened, which part of them, what is drawn, and what names stand for."""

    analyzer: AnalyzerOptions
    span: Span
    capture: Mapping[str, Any]
    usual: frozenset[str]
    """The options of `capture` that the file alone gives: where no source knows one, it does not matter."""
    drawing: Mapping[str, Any]
    sources: Mapping[str, Target]

    def options(self, known: Container[str]) -> dict[str, Any]:
        """How sources are opened that know these options."""
        return {
            name: value for name, value in self.capture.items() if name in known or name not in self.usual
        }

    def target(self, text: str) -> Target:
        """What ``text`` on the command line stands for: a named source, a camera's index, or itself."""
        if text in self.sources:
            return self.sources[text]
        return int(text) if is_index(text) and not exists(text) else text


def read(path: Path | None, flags: Mapping[str, Any]) -> RunSettings:
    """The settings of the TOML file ``path`` with ``flags`` over them; None in ``flags`` means not given."""
    tables = read_toml(path) if path is not None else {}
    times = {name: seconds(str(flags[name])) for name in ("start", "end") if flags.get(name) is not None}
    for name, table in tables.items():
        if name not in TABLES:
            raise UnknownName("settings table", name, TABLES)
        if not isinstance(table, Mapping):
            raise BadOption(f"In the settings '{name}' is a table: write [{name}] and its settings below it.")
    style = _table(Style(), "draw", tables, _drawn(flags))
    usual, asked = _checked(tables.get("capture", {})), _capture(flags)
    return RunSettings(
        analyzer=_showing(style, _table(AnalyzerOptions(), "analyzer", tables, flags)),
        span=_table(Span(), "run", tables, {**flags, **times}),
        capture={**usual, **asked},
        usual=frozenset(usual) - frozenset(asked),
        drawing=asdict(style),
        sources=_named(tables.get("sources", {})),
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


def size(text: str, flag: str) -> tuple[int, int]:
    """Width and height in pixels from ``640x480``; `BadOption` for anything else, and beyond 32 to 8192."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and min(int(width), int(height)) >= 32):
        raise BadOption(f"{flag} {text} is no size. Give width and height, 32 or more, as 640x480.")
    if max(int(width), int(height)) > 8192:
        raise BadOption(f"{flag} {text} is too large. Give at most 8192x8192.")
    return int(width), int(height)


def _checked(capture: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table ``[capture]``; `UnknownName` for what no source at all takes."""
    if capture:
        schemas = [registry.schema("sources", source) for source in registry.names("sources")]
        known = {option.name for schema in schemas for option in schema} - {"target"}
        for name in capture:
            if name not in known:
                raise UnknownName("setting in [capture]", name, known)
    return capture


def _named(sources: Mapping[str, Any]) -> Mapping[str, Target]:
    """The table ``[sources]``; `BadOption` for what can be no source."""
    for name, target in sources.items():
        if isinstance(target, bool) or not isinstance(target, (str, int)):
            raise BadOption(f"[sources] {name} = {target} is no source. Give a path, an address or an index.")
    return sources


def _capture(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Options of sources: those written out, and a camera's size."""
    options: dict[str, Any] = {}
    if flags.get("camera_size") is not None:
        options["width"], options["height"] = size(flags["camera_size"], "--camera-size")
    if flags.get("capture") is not None:
        options.update(_pairs(flags["capture"]))
    return options


def _pairs(text: str) -> dict[str, str]:
    """``key=value,key=value``."""
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    if not all(key.strip() and value.strip() for key, value in pairs.items()):
        raise BadOption(f"--capture {text} names no options. Give them as patience=30,transport=udp.")
    return {key.strip(): value.strip() for key, value in pairs.items()}


def _drawn(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that tell what is drawn, with what ``--draw`` names switched on."""
    parts = [entry.name for entry in fields(Style) if isinstance(entry.default, bool)]
    named = words(flags["draw"], parts, "part of the picture") if flags.get("draw") is not None else ()
    analysis = {entry.name for entry in fields(AnalyzerOptions)}  # measures are computed, or shown
    return {**{name: flags[name] for name in flags.keys() - analysis}, **dict.fromkeys(named, True)}


def _showing(style: Style, options: AnalyzerOptions) -> AnalyzerOptions:
    """``options`` with what is needed to show it: regions come from points, axes from the pose.

    The page brings the same along.
    """
    if (style.points or style.regions) and not options.landmarker:
        options = replace(options, landmarker=LANDMARKER)
    if style.measures and not options.measures:
        options = replace(options, measures=SHOWN)
    if style.pose and "pose" not in options.measures:
        options = replace(options, measures=(*options.measures, "pose"))
    return options


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
