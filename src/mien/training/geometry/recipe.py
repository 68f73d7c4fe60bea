"""A recipe for a classifier of measures."""

from dataclasses import dataclass, field
from typing import Any

from mien.artifact import CropSpec, InputSpec
from mien.errors import BadOption
from mien.training import recipe
from mien.training.recipe import CROP, Published, Schedule

INPUT = InputSpec(96, 96, "gray", (0.0,), (1.0,))


@dataclass(frozen=True, slots=True)
class FaceOptions:
    """``dataset`` (of the family ``datasets``), its part to learn from and its part to choose by.

    With ``mirror`` every face is learned from both ways round.
    """

    dataset: str = "fer2013"
    train: str = "Training"
    select: str = "PublicTest"
    mirror: bool = True


@dataclass(frozen=True, slots=True)
class GeometryRecipe:
    """``hidden`` units between the numbers and the labels, of which ``dropout`` are left out at each step."""

    name: str
    task: str = "geometry"
    seed: int = 1
    description: str = ""
    unsure_below: float = 0.0
    landmarker: str = "mien_68"
    hidden: int = 128
    dropout: float = 0.3
    input: InputSpec = INPUT
    crop: CropSpec = CROP
    data: FaceOptions = field(default_factory=FaceOptions)
    schedule: Schedule = field(default_factory=Schedule)
    published: Published = field(default_factory=Published)

    def __post_init__(self) -> None:
        if self.hidden < 1:
            raise BadOption(f"hidden={self.hidden} leaves no unit. Give 128, say.")
        if not 0 <= self.dropout < 1:
            raise BadOption(f"dropout={self.dropout} does not fit: give 0 to less than 1.")
        if not 0 <= self.unsure_below <= 1:
            raise BadOption(f"unsure_below={self.unsure_below} is no confidence. Give 0 to 1.")


def load(name: str, **schedule: Any) -> GeometryRecipe:
    """See `mien.training.recipe.load`."""
    stem, values = recipe.read(name)
    return recipe.build(GeometryRecipe(stem), values, schedule)
