"""A recipe for facial points."""

from dataclasses import dataclass, field
from typing import Any

from mien.artifact import CropSpec, InputSpec
from mien.errors import BadOption
from mien.training import recipe
from mien.training.landmarks.augment import PointAugment
from mien.training.recipe import Published, Schedule

INPUT = InputSpec(80, 80, "gray", (128.0,), (64.0,))
CROP = CropSpec(1.2)


@dataclass(frozen=True, slots=True)
class PointOptions:
    """Which part of ``landmarks68`` (in ``folder``, else in the data folder) to learn from and to choose by.

    ``detector`` gives the boxes for the card's figures; without one they follow from the labels.
    """

    train: str = "train"
    select: str = "val"
    folder: str = ""
    detector: str = ""


@dataclass(frozen=True, slots=True)
class PointRecipe:
    """``schedule.batch`` faces are a step. The input is square, its side a multiple of 16."""

    name: str
    task: str = "landmarks"
    seed: int = 1
    description: str = ""
    input: InputSpec = INPUT
    crop: CropSpec = CROP
    data: PointOptions = field(default_factory=PointOptions)
    schedule: Schedule = field(default_factory=Schedule)
    augment: PointAugment = field(default_factory=PointAugment)
    published: Published = field(default_factory=Published)


def load(name: str, **schedule: Any) -> PointRecipe:
    """See `mien.training.recipe.load`."""
    stem, values = recipe.read(name)
    made = recipe.build(PointRecipe(stem), values, schedule)
    if made.input.width != made.input.height:
        raise BadOption(
            f"The input of {stem} is {made.input.width} x {made.input.height}; crops are square: "
            "give one side."
        )
    return made
