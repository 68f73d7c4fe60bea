"""The recipe of a training, kept beside its checkpoints: to resume by the same one, and to start from it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from mien.errors import BadOption, UsageError

FILE = "recipe.json"
WORDS = ("name", "description", "published", "paper", "unsure_below", "crop")
"""What says or decides nothing about the training itself."""


def write(recipe: Any, folder: Path) -> None:
    """Put ``recipe`` (of any task) into ``folder``, where `recipe.load` reads it like a TOML file.

    An older one is replaced by the whole file: nothing could be resumed by one that a full disk cut off.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(recipe), indent=2, ensure_ascii=False) + "\n"
    part = folder / f"{FILE}.part"
    try:
        part.write_text(text, "utf-8")
        part.replace(folder / FILE)
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """The values of a recipe in JSON; `UsageError` where it cannot be read."""
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"Cannot read the recipe '{path}': {error}.") from error
    if not isinstance(values, dict):
        raise UsageError(f"The recipe '{path}' is no JSON object.")
    return values


def check(recipe: Any, folder: Path) -> None:
    """Raise `BadOption` with all differences, where the training in ``folder`` had another recipe.

    More epochs may be asked for where the learning rate does not depend on their number.
    """
    found = differences(recipe, folder / FILE)
    if found:
        raise BadOption(
            f"The training in '{folder}' had another recipe: {'; '.join(found.values())}. Resume with the "
            "same one, or train into another folder (--out)."
        )


def differences(recipe: Any, path: Path) -> dict[str, str]:
    """The settings in which ``recipe`` differs from the one that is kept at ``path``, each with its words.

    Empty where there is no such file, as in folders from before recipes were kept.
    """
    if not path.is_file():
        return {}
    # Settings that the recipe kept does not have yet were then what they are by default.
    then = dict(_flat(_plain(_defaults(recipe)))) | dict(_flat(read(path)))
    now = dict(_flat(_plain(asdict(recipe))))
    return {
        name: f"{name}: {_shown(then, name)} then, {_shown(now, name)} now"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name) and not _free(name, then)
    }


def _defaults(recipe: Any) -> dict[str, Any]:
    """The settings of a recipe of this kind that have a default, tables as dictionaries."""
    found = {}
    for entry in fields(recipe):
        value = entry.default if entry.default_factory is MISSING else entry.default_factory()
        if value is not MISSING:
            found[entry.name] = asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]
    return found


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as JSON gives them back."""
    plain: dict[str, Any] = json.loads(json.dumps(values))
    return plain


def _shown(settings: Mapping[str, Any], name: str) -> Any:
    """The setting ``name``; a word for one that is empty or not there."""
    value = settings.get(name)
    return "nothing" if value in (None, "", []) else value


def _free(name: str, then: Mapping[str, Any]) -> bool:
    """Whether the setting ``name`` may change between a training and its continuation."""
    if name == "schedule.epochs":
        return then.get("schedule.decay") != "cosine"
    return name.partition(".")[0] in WORDS


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by name; those of tables as ``schedule.epochs``."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
