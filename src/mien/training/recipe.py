"""A recipe: everything that decides what a training gives, in one TOML file."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from mien import card_rules, config
from mien.artifact import Calibration, Card, CropSpec, InputSpec
from mien.card_rules import COLOURS, EQUALIZE
from mien.errors import BadOption, ModelError, UnknownName
from mien.labels import FER7
from mien.training import record
from mien.training.options import (
    AugmentOptions,
    DataOptions,
    DistillOptions,
    Paper,
    Published,
    Schedule,
    SetOptions,
    VotesOptions,
    one_of,
)

__all__ = [
    "AugmentOptions",
    "DataOptions",
    "DistillOptions",
    "Paper",
    "Published",
    "Recipe",
    "Schedule",
    "SetOptions",
    "VotesOptions",
    "load",
    "names",
]

RECIPES = Path(__file__).parent / "recipes"
TAKEN = ("curves", "finetune", "paper", "recipe")
"""A training leaves files of these names beside the model's, which bear the recipe's."""
LARGEST_SEED = 2**32 - 1
_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    tuple: "a list",
}
"""What a setting wants, by the type of its default."""
INPUT = InputSpec(48, 48, "gray", (128.0,), (64.0,))
CROP = CropSpec()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an expression classifier is made. ``network`` holds the options of the network ``model``.

    ``base`` names the model that the training started from (empty: fresh weights), and ``base_data`` are the
    sets behind that, for the card: name, part, use, rights.
    """

    name: str
    model: str
    task: str = "expression"
    seed: int = 1
    description: str = ""
    unsure_below: float = 0.0
    network: Mapping[str, Any] = field(default_factory=dict)
    input: InputSpec = INPUT
    crop: CropSpec = CROP
    data: DataOptions = field(default_factory=DataOptions)
    schedule: Schedule = field(default_factory=Schedule)
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    votes: VotesOptions = field(default_factory=VotesOptions)
    distill: DistillOptions = field(default_factory=DistillOptions)
    published: Published = field(default_factory=Published)
    paper: Paper = field(default_factory=Paper)
    base: str = ""
    base_data: tuple[Mapping[str, str], ...] = ()


def names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def load(name: str, **schedule: Any) -> Recipe:
    """The recipe for an expression classifier called ``name``, or at a path (see `read`).

    ``schedule`` values that are not None win over the file's. Raises `UnknownName` for a name or a setting
    that does not exist, `UsageError` for an unreadable file and `BadOption` for a value that does not fit.
    """
    stem, values = read(name)
    recipe = build(Recipe(stem, stem), values, schedule)
    _check(recipe)
    return recipe


def read(name: str) -> tuple[str, dict[str, Any]]:
    """The name and the values of the recipe called ``name``, or at the path ``name``.

    A path ends in .toml, or in .json for the ``recipe.json`` that a training leaves. Raises `BadOption` for
    one of the names `TAKEN`.
    """
    path = Path(name) if name.endswith((".toml", ".json")) else RECIPES / f"{name}.toml"
    if path.parent == RECIPES and path.stem not in names():
        raise UnknownName("recipe", name, names())
    if not name.endswith((".toml", ".json")) and name not in names():
        raise BadOption(
            f"'{name}' is no recipe: give a path that ends in .toml, or in .json as that of a training's "
            f"{record.FILE}, or one of the names {', '.join(names())}."
        )
    values = record.read(path) if path.suffix == ".json" else config.read_toml(path)
    own = values.pop("name", path.stem)
    if own in TAKEN:
        raise BadOption(f"A recipe cannot be called '{own}': a training's own files are. Rename it.")
    if not isinstance(own, str) or {"/", "\\"} & set(own) or not own.strip("."):
        raise BadOption(f"A recipe cannot be called {own!r}: it is no name for the training's files.")
    return own, values


def build(plain: T, values: dict[str, Any], schedule: dict[str, Any]) -> T:
    """``plain``, a recipe of any task with its defaults, with the file's ``values`` and then ``schedule``."""
    recipe: Any = config.merge(plain, {key: _value(plain, key, value) for key, value in values.items()})
    check_seed(recipe.seed)
    made: T = replace(recipe, schedule=config.merge(recipe.schedule, schedule))
    return made


def check_seed(seed: int) -> None:
    """Raise `BadOption` for what NumPy cannot be seeded with."""
    if not 0 <= seed <= LARGEST_SEED:
        raise BadOption(f"seed={seed} must be from 0 to {LARGEST_SEED}.")


def _value(owner: Any, key: str, value: Any) -> Any:
    """``value`` as the field ``key`` of ``owner`` wants it; a table goes over the field's own defaults."""
    default = getattr(owner, key, None)
    if is_dataclass(default) and isinstance(value, dict):
        inner = {name: _value(default, name, given) for name, given in value.items()}
        return config.merge(default, inner)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadOption(f"{key}={value} in a recipe must be a number that is finite.")
    value = tuple(value) if isinstance(value, list) else value
    kinds = (int, float) if isinstance(default, float) else type(default)
    if default is not None and not isinstance(value, kinds):
        raise BadOption(f"{key}={value} in a recipe must be {_WORDS.get(type(default), f'a table [{key}]')}.")
    return value


def _check(recipe: Recipe) -> None:
    spec = recipe.input
    one_of("colour", spec.colour, tuple(COLOURS))
    one_of("equalize", spec.equalize, EQUALIZE)
    if not len(spec.mean) == len(spec.std) == spec.channels:
        raise BadOption(f"mean and std need one value for each of {spec.channels} channels.")
    _check_card(recipe)


def _check_card(recipe: Recipe) -> None:
    """Refuse what the exported model's card could not hold, before the training and not after it."""
    calibration = Calibration(unsure_below=recipe.unsure_below)
    card = Card(
        recipe.name,
        recipe.task,
        "onnx",
        labels=FER7,
        input=recipe.input,
        crop=recipe.crop,
        calibration=calibration,
    )
    try:
        card_rules.check(json.loads(card.as_json()), recipe.name)
    except ModelError as error:
        raise BadOption(
            f"The recipe '{recipe.name}' makes a model that nothing could run. {error}"
        ) from error
