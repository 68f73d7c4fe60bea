"""Plug-ins by name: one file of a family is one plug-in, and its stem is the name people type.

A family is a package of mien (``detectors``, ``sources`` ...) whose ``base.py`` defines the class that its
plug-ins extend. Only the chosen file is imported. Classifiers are also found by the name of their artifact.
The constructor's signature is the schema of a plug-in's options.
"""

import importlib
import inspect
import pkgutil
import re
import types
import typing
from dataclasses import dataclass
from typing import Any

from mien import artifact
from mien.errors import BadOption, ModelError, UnknownName

FAMILIES = (
    "sources",
    "detectors",
    "trackers",
    "landmarkers",
    "aligners",
    "classifiers",
    "smoothers",
    "measures",
    "sinks",
    "datasets",
    "scenes",
)
TASKS = {"classifiers": "expression", "detectors": "detection", "landmarkers": "landmarks"}
"""Families whose members are trained models: the task that their cards state."""
_WRITTEN = re.compile(r"(.+?):(\w*=.*)", re.DOTALL)
_MODEL_RUNNERS = {"classifiers": {"geometry", "onnx"}, "detectors": {"onnx"}, "landmarkers": {"onnx"}}
"""Plug-ins that run a model's file and mean nothing without one."""
_OR_A_FILE = ", or the path of an .onnx file with its card beside it"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a plug-in, as its constructor states it."""

    name: str
    type: type
    default: Any
    required: bool
    optional: bool = False
    """Whether None is a valid value (written as an empty value or ``none``)."""


def names(family: str) -> list[str]:
    """The names that ``load(family, name)`` takes, sorted."""
    found = _stems(family) - _MODEL_RUNNERS.get(family, set())
    if family in TASKS:
        found |= artifact.available(TASKS[family]).keys()
    return sorted(found)


def load(family: str, name: str, **options: Any) -> Any:
    """Build the plug-in ``name``, written ``name`` or ``name:key=value,key=value``.

    ``options`` are passed to the constructor and win over those in ``name``. Raises `UnknownName` for a
    name or an option that does not exist and `BadOption` for a value that does not fit.
    """
    name, written = parse(name)
    written.update(options)
    stem, given = _resolve(family, name)
    plugin = find(family, stem)
    known = {option.name: option for option in _options(plugin) if option.name not in given}
    values = _coerce(known, written, name)
    _complete(known, written, name, plugin)
    return plugin(**given, **values)


def find(family: str, name: str) -> type:
    """The class of the plug-in file ``name``, imported on demand."""
    if name not in _stems(family):
        raise UnknownName(family.removesuffix("s"), name, names(family))
    base = importlib.import_module(f"mien.{family}.base")
    module = importlib.import_module(f"mien.{family}.{name}")
    parent: type = base.PLUGIN
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, parent) and value.__module__ == module.__name__
    ]
    if len(own) != 1:
        raise TypeError(f"{module.__name__} must define one {parent.__name__}, not {len(own)}")
    return own[0]


def schema(family: str, name: str) -> list[Option]:
    """The options of a plug-in, read from its constructor."""
    stem, given = _resolve(family, name)
    return [option for option in _options(find(family, stem)) if option.name not in given]


def parse(text: str) -> tuple[str, dict[str, str]]:
    """Split ``name:key=value,key=value`` into the name and its options (as text).

    A colon that no ``key=`` follows belongs to the name, so that ``C:\\models\\a.onnx`` stays whole.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return text, {}
    head, tail = match.groups()
    options: dict[str, str] = {}
    for pair in tail.split(","):
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise BadOption(f"'{pair}' in '{text}' is not an option. Write name:key=value,key=value.")
        options[key.strip()] = value.strip()
    return head, options


def _resolve(family: str, name: str) -> tuple[str, dict[str, Any]]:
    """The plug-in file for ``name``, and the constructor arguments that the name itself stands for."""
    task = TASKS.get(family)
    if task is None or (name in _stems(family) and name not in _MODEL_RUNNERS.get(family, set())):
        return name, {}
    if not artifact.is_path(name) and name not in artifact.available(task):
        raise UnknownName(family.removesuffix("s"), name, names(family), _OR_A_FILE)
    model = artifact.load(name, task)
    runners = sorted(_MODEL_RUNNERS[family])
    if model.card.runner not in runners:
        raise ModelError(
            f"The card of '{model.path}' has runner = '{model.card.runner}': give {' or '.join(runners)}."
        )
    return model.card.runner, {"model": model}


def _stems(family: str) -> set[str]:
    if family not in FAMILIES:
        raise UnknownName("family", family, FAMILIES)
    package = importlib.import_module(f"mien.{family}")
    stems = {module.name for module in pkgutil.iter_modules(package.__path__)}
    return {stem for stem in stems if stem != "base" and not stem.startswith("_")}


def _options(plugin: type) -> list[Option]:
    hints = (
        typing.get_type_hints(inspect.unwrap(vars(plugin)["__init__"])) if "__init__" in vars(plugin) else {}
    )
    found = []
    for parameter in inspect.signature(plugin).parameters.values():
        kind, optional = _plain_type(hints.get(parameter.name, str))
        required = parameter.default is inspect.Parameter.empty
        default = None if required else parameter.default
        found.append(Option(parameter.name, kind, default, required, optional))
    return found


def _plain_type(hint: Any) -> tuple[type, bool]:
    """``int | None`` becomes (int, True); a type that text cannot express becomes str."""
    members = [member for member in typing.get_args(hint) if member is not type(None)]
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    optional = is_union and len(members) < len(typing.get_args(hint))
    chosen = members[0] if is_union else hint
    return (chosen if isinstance(chosen, type) else str), optional


def _complete(known: dict[str, Option], given: dict[str, Any], name: str, plugin: type) -> None:
    """`BadOption` where a required option is missing; it says what the plug-in is, and so what is wanted."""
    missing = [option.name for option in known.values() if option.required and option.name not in given]
    if missing:
        about = (inspect.getdoc(plugin) or "").split("\n\n")[0].replace("\n", " ")
        raise BadOption(f"{name} needs {', '.join(missing)}: write {name}:{missing[0]}=VALUE. {about}")


def _coerce(known: dict[str, Option], given: dict[str, Any], name: str) -> dict[str, Any]:
    for key in given:
        if key not in known:
            raise UnknownName(f"option of {name}", key, known)
    return {key: _convert(known[key], value, name) for key, value in given.items()}


def _convert(option: Option, value: Any, name: str) -> Any:
    if not isinstance(value, str) or option.type is str:
        return value
    if option.optional and value.lower() in {"", "none"}:
        return None
    try:
        return _boolean(value) if option.type is bool else option.type(value)
    except (ValueError, KeyError):
        raise BadOption(
            f"{name}: {option.name}={value} is not a valid {option.type.__name__}. Default: {option.default}."
        ) from None


def _boolean(text: str) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
