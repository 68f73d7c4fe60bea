"""What a recipe's tables may hold."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from mien import config
from mien.errors import BadOption

OPTIMIZERS = ("adamw", "adam", "sgd")
_MOST = {"rotate": 180.0, "zoom": 0.9, "shift": 1.0, "contrast": 1.0}
"""More would turn pictures inside out, show nothing of them, or say the same again."""
DECAYS = ("cosine", "plateau", "none")
BALANCES = ("none", "loss", "sampling")
HOLDOUTS = ("stratified", "random", "subject")


@dataclass(frozen=True, slots=True)
class SetOptions:
    """One of the data sets that a recipe joins: ``name`` is of the family ``datasets``, with its options.

    ``train``, ``select`` and ``test`` are its parts to learn from, to choose by and to be scored on at the
    end; an empty one is not used. ``weight``: how often its pictures are learned from, against those of the
    other sets. ``labels`` renames its labels; an empty new name drops the pictures. Of an ``optional`` set,
    parts that are not there are left out.
    """

    name: str = ""
    train: str = ""
    select: str = ""
    test: str = ""
    weight: float = 1.0
    labels: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:  # also NaN, which TOML can say
            raise BadOption(f"weight={self.weight} of the set '{self.name}' must be a number over 0.")
        for label, new in self.labels.items():
            if not isinstance(new, str):
                raise BadOption(
                    f"The set '{self.name}' has labels = {{ {label} = {new!r} }}: give a label in quotes, or "
                    "empty quotes to drop its pictures."
                )

    def only(self, uses: Container[str]) -> "SetOptions":
        """This set without the parts for other ``uses`` ("train", "select", "test")."""
        train, select, test = (part if use in uses else "" for use, part in self.parts.items())
        return replace(self, train=train, select=select, test=test)

    @property
    def parts(self) -> dict[str, str]:
        """Use to part, empty where there is none."""
        return {"train": self.train, "select": self.select, "test": self.test}


@dataclass(frozen=True, slots=True)
class DataOptions:
    """What is learned from, what the weights are chosen by, what they are scored on at the end.

    Either one data set, ``dataset`` with its parts ``train``, ``select`` and ``test`` (empty: none), or
    several, as tables ``sets``. ``labels`` are those to be told apart, or the name of a label set (none: the
    first set's own). ``per_class`` pictures of each expression are drawn to learn from (0: all). ``holdout``
    is the share of the learning pictures that the weights are chosen by, where no part is named for that,
    drawn "stratified" by expression, at "random", or whole people by "subject". ``balance`` makes up for rare
    expressions: by "loss", which counts them more, or by "sampling", which shows them more often.
    """

    dataset: str = "fer2013"
    train: str = "Training"
    select: str = "PublicTest"
    test: str = ""
    drop_blank: bool = True
    sets: tuple[SetOptions, ...] = ()
    labels: tuple[str, ...] = ()
    per_class: int = 0
    holdout: float = 0.0
    holdout_by: str = "stratified"
    balance: str = "none"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sets", tuple(map(_set, self.sets)))
        one_of("balance", self.balance, BALANCES)
        one_of("holdout_by", self.holdout_by, HOLDOUTS)
        not_negative(self, "per_class")
        if not 0 <= self.holdout < 1:
            raise BadOption(f"holdout={self.holdout} is no share of the pictures. Give 0 to less than 1.")
        if self.sets and self.alone != SetOptions("fer2013", "Training", "PublicTest"):
            raise BadOption(
                "A recipe names either one data set (dataset, train, select, test) or several, as tables "
                f"[[data.sets]]; this one names '{self.dataset}' beside them. Give it a table of its own."
            )
        if bool(self.holdout) == any(each.select for each in self.used):
            raise BadOption(
                "A recipe chooses its weights either by a part of the data (select) or by a share of what it "
                'learns from (holdout): give one of the two; select = "" leaves the part out.'
            )

    @property
    def used(self) -> tuple[SetOptions, ...]:
        """The sets, whichever way they were written."""
        return self.sets or (self.alone,)

    @property
    def alone(self) -> SetOptions:
        """The one data set, where there are no tables of several."""
        return SetOptions(self.dataset, self.train, self.select, self.test)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the weights are found.

    ``batch`` counts pictures of one step over all processes. ``optimizer`` is "adamw", "adam" or "sgd" (with
    ``momentum``, and ``nesterov``). The rate rises over ``warmup`` epochs; then ``decay`` "cosine" takes it
    to zero at the end, "plateau" multiplies it by ``factor`` after ``patience`` epochs without a lower loss,
    and "none" keeps it. ``ema`` averages the weights (0: off). ``stop_after`` epochs without a lower loss end
    the training (0: never). ``save_every_improvement`` keeps a checkpoint of each epoch that was better than
    all before, else only that of the best. ``precision`` is Lightning's: "bf16-mixed" saves time where the
    processor has bfloat16.
    """

    epochs: int = 60
    batch: int = 128
    optimizer: str = "adamw"
    learning_rate: float = 3e-3
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 1e-4
    warmup: int = 2
    decay: str = "cosine"
    factor: float = 0.5
    patience: int = 5
    label_smoothing: float = 0.05
    ema: float = 0.999
    stop_after: int = 0
    clip: float = 1.0
    precision: str = "32-true"
    save_every_improvement: bool = False

    def __post_init__(self) -> None:
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("decay", self.decay, DECAYS)
        for name in ("epochs", "batch", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise BadOption(f"{name}={getattr(self, name)} must be more than 0.")
        for name in ("factor", "momentum", "ema", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise BadOption(f"{name}={getattr(self, name)} does not fit: give 0 to less than 1.")
        not_negative(self, "warmup", "patience", "weight_decay", "clip", "stop_after")
        if self.optimizer == "sgd" and self.nesterov and not self.momentum:
            raise BadOption("nesterov=true needs a momentum: momentum=0 is none. Give 0.9, say.")


@dataclass(frozen=True, slots=True)
class AugmentOptions:
    """How far pictures are changed; 0 switches a change off.

    ``flip`` and ``erase`` are probabilities; ``rotate`` is the largest angle in degrees, ``zoom`` and
    ``shift`` the largest share of the side, ``brightness`` and ``contrast`` the largest change as a share of
    the pixels' standard deviation; an erased rectangle covers at most the share ``erase_area``. ``mixup`` and
    ``cutmix`` are how evenly two pictures are mixed, as the parameter of a beta distribution; with both, each
    batch gets one of the two.
    """

    flip: float = 0.5
    rotate: float = 10.0
    zoom: float = 0.1
    shift: float = 0.06
    brightness: float = 0.2
    contrast: float = 0.2
    erase: float = 0.2
    erase_area: float = 0.1
    mixup: float = 0.0
    cutmix: float = 0.0

    def __post_init__(self) -> None:
        not_negative(self, *(entry.name for entry in fields(self)))
        for name in ("flip", "erase", "erase_area"):
            if getattr(self, name) > 1:
                raise BadOption(f"{name}={getattr(self, name)} is no share. Give 0 to 1, as 0.5.")
        for name, most in _MOST.items():
            if getattr(self, name) > most:
                raise BadOption(f"{name}={getattr(self, name)} is too much. Give {most} at most.")


@dataclass(frozen=True, slots=True)
class DistillOptions:
    """Learning from a trained model beside the labels.

    ``teacher`` is an installed model, an .onnx or .ckpt file, or the folder of a training (empty: none).
    ``weight`` is the share of the loss that its answers have, softened by ``temperature``.
    """

    teacher: str = ""
    weight: float = 0.5
    temperature: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise BadOption(f"distill.weight={self.weight} is no share of the loss. Give 0 to 1.")
        if not 0 < self.temperature < math.inf:
            raise BadOption(f"distill.temperature={self.temperature} must be a number over 0.")


@dataclass(frozen=True, slots=True)
class VotesOptions:
    """Learning what others said of the same pictures beside their labels.

    ``dataset`` labels the pictures of the recipe's one set anew, as "ferplus:votes=counts" does FER2013's
    (empty: none). ``share`` is its part of what is learned of each picture that it knows.
    """

    dataset: str = ""
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise BadOption(f"votes.share={self.share} does not fit: give more than 0 and less than 1.")


@dataclass(frozen=True, slots=True)
class Published:
    """What the recipe gave when it was last run: the score that chose its checkpoint, hours, on what."""

    score: float = 0.0
    hours: float = 0.0
    hardware: str = ""

    @property
    def measured(self) -> bool:
        """Whether it was run at all."""
        return self.score > 0


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper states of the training that the recipe repeats: shares in 0 to 1 (0: not stated).

    ``pictures`` is how many it was measured on, ``measured_on`` says which.
    """

    accuracy: float = 0.0
    top2: float = 0.0
    pictures: int = 0
    measured_on: str = ""

    def __post_init__(self) -> None:
        for name in ("accuracy", "top2"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadOption(f"paper.{name}={getattr(self, name)} is no share. Give 0 to 1, as 0.92.")
        not_negative(self, "pictures")


def one_of(name: str, value: str, valid: tuple[str, ...]) -> None:
    """Raise `BadOption` unless ``value`` is one of the ``valid`` ones for the option ``name``."""
    if value not in valid:
        raise BadOption(f"{name}={value} is not known. Valid: {', '.join(valid)}.")


def not_negative(options: Any, *names: str) -> None:
    """Raise `BadOption` where one of the numbers ``names`` of ``options`` is less than 0."""
    for name in names:
        if not 0 <= getattr(options, name) < math.inf:
            raise BadOption(f"{name}={getattr(options, name)} must not be less than 0.")


def _set(values: Any) -> SetOptions:
    """A table of ``[[data.sets]]`` as options; its part to learn from may be left out."""
    if isinstance(values, SetOptions):
        return values
    if not isinstance(values, Mapping) or not values.get("name"):
        raise BadOption(f'[[data.sets]] needs a name, as name = "fer2013"; there is only {values!r}.')
    return config.merge(SetOptions(), values)
