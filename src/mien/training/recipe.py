"""A recipe: everything that decides what a training gives, in one TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from mien import config
from mien.artifact import CropSpec, InputSpec
from mien.card_rules import COLOURS
from mien.errors import BadOption, UnknownName

RECIPES = Path(__file__).parent / "recipes"
INPUT = InputSpec(48, 48, "gray", (128.0,), (64.0,))
CROP = CropSpec()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DataOptions:
    """``dataset`` (a name of the family ``datasets``); its part to learn from and its part to choose by."""

    dataset: str = "fer2013"
    train: str = "Training"
    select: str = "PublicTest"
    drop_blank: bool = True


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the weights are found.

    ``batch`` counts pictures of one step over all processes. ``decay`` is "cosine" (to zero at the end, after
    ``warmup`` epochs of linear rise) or "plateau" (halved after ``patience`` epochs without a lower loss).
    ``ema`` averages the weights (0: off). ``stop_after`` epochs without a lower loss end the training
    (0: never). ``precision`` is Lightning's: "bf16-mixed" saves time where the processor has bfloat16.
    """

    epochs: int = 60
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    warmup: int = 2
    decay: str = "cosine"
    patience: int = 5
    label_smoothing: float = 0.05
    ema: float = 0.999
    stop_after: int = 0
    clip: float = 1.0
    precision: str = "32-true"

    def __post_init__(self) -> None:
        if self.decay not in ("cosine", "plateau"):
            raise BadOption(f"decay={self.decay} is not known. Valid: cosine, plateau.")
        for name in ("epochs", "batch", "learning_rate"):
            if getattr(self, name) <= 0:
                raise BadOption(f"{name}={getattr(self, name)} must be more than 0.")


@dataclass(frozen=True, slots=True)
class AugmentOptions:
    """How far pictures are changed; 0 switches a change off.

    ``flip`` and ``erase`` are probabilities; ``rotate`` is the largest angle in degrees, ``zoom`` and
    ``shift`` the largest share of the side, ``brightness`` and ``contrast`` the largest change as a share of
    the pixels' standard deviation; an erased rectangle covers at most the share ``erase_area``.
    """

    flip: float = 0.5
    rotate: float = 10.0
    zoom: float = 0.1
    shift: float = 0.06
    brightness: float = 0.2
    contrast: float = 0.2
    erase: float = 0.2
    erase_area: float = 0.1


@dataclass(frozen=True, slots=True)
class Published:
    """What the recipe gave when it was last run: the score that chose its checkpoint, hours, on what."""

    score: float = 0.0
    hours: float = 0.0
    hardware: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    name: str
    model: str
    task: str = "expression"
    seed: int = 1
    description: str = ""
    unsure_below: float = 0.0
    network: Mapping[str, Any] = field(default_factory=dict)
    input: InputSpec = INPUT
    crop: CropSpec = CROP
    data: DataOptions = DataOptions()
    schedule: Schedule = Schedule()
    augment: AugmentOptions = AugmentOptions()
    published: Published = field(default_factory=Published)


def names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def load(name: str, **schedule: Any) -> Recipe:
    """The recipe for an expression classifier called ``name``, or at the path ``name`` (ending in .toml).

    ``schedule`` values that are not None win over the file's. Raises `UnknownName` for a name or a setting
    that does not exist, `UsageError` for an unreadable file and `BadOption` for a value that does not fit.
    """
    stem, values = read(name)
    recipe = build(Recipe(stem, values.pop("model", stem)), values, schedule)
    _check(recipe)
    return recipe


def read(name: str) -> tuple[str, dict[str, Any]]:
    """The stem and the values of the recipe called ``name``, or at the path ``name`` (ending in .toml)."""
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if path.parent == RECIPES and path.stem not in names():
        raise UnknownName("recipe", name, names())
    return path.stem, config.read_toml(path)


def build(plain: T, values: dict[str, Any], schedule: dict[str, Any]) -> T:
    """``plain``, a recipe of any task with its defaults, with the file's ``values`` and then ``schedule``."""
    recipe: Any = config.merge(plain, {key: _value(plain, key, value) for key, value in values.items()})
    made: T = replace(recipe, schedule=config.merge(recipe.schedule, schedule))
    return made


def _value(owner: Any, key: str, value: Any) -> Any:
    """``value`` as the field ``key`` of ``owner`` wants it; a table goes over the field's own defaults."""
    default = getattr(owner, key, None)
    if is_dataclass(default) and isinstance(value, dict):
        inner = {name: _value(default, name, given) for name, given in value.items()}
        return config.merge(default, inner)
    value = tuple(value) if isinstance(value, list) else value
    kinds = (int, float) if isinstance(default, float) else type(default)
    if default is not None and not isinstance(value, kinds):
        wanted = f"a table [{key}]" if is_dataclass(default) else type(default).__name__
        raise BadOption(f"{key}={value} in a recipe must be {wanted}.")
    return value


def _check(recipe: Recipe) -> None:
    spec = recipe.input
    if spec.colour not in COLOURS:
        raise BadOption(f"colour={spec.colour} is not known. Valid: {', '.join(COLOURS)}.")
    if not len(spec.mean) == len(spec.std) == spec.channels:
        raise BadOption(f"mean and std need one value for each of {spec.channels} channels.")
