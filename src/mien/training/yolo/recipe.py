"""A recipe for a one-stage network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mien.errors import BadOption
from mien.training import recipe
from mien.training.recipe import Published, Schedule
from mien.training.yolo.options import AugmentOptions, DataOptions, LossOptions


@dataclass(frozen=True, slots=True)
class YoloRecipe:
    """``steps`` batches make an epoch; the network is scored each ``validate_every`` epochs, and at the end.

    ``network`` holds the options of the network ``model``. ``anchors`` are 18 numbers: width and height in
    pixels of three anchors for each of the strides 8, 16 and 32, the smallest first; without them they are
    found from the data. ``sets`` are the sets behind it, for its card: name, part, rights.
    """

    name: str
    model: str = "yolo_expression"
    task: str = "expression_detection"
    seed: int = 1
    description: str = ""
    steps: int = 300
    validate_every: int = 1
    network: Mapping[str, Any] = field(default_factory=dict)
    anchors: tuple[float, ...] = ()
    rights: str = ""
    sets: tuple[Mapping[str, str], ...] = ()
    data: DataOptions = field(default_factory=DataOptions)
    augment: AugmentOptions = field(default_factory=AugmentOptions)
    loss: LossOptions = field(default_factory=LossOptions)
    schedule: Schedule = field(default_factory=Schedule)
    published: Published = field(default_factory=Published)

    def __post_init__(self) -> None:
        if self.steps < 1 or self.validate_every < 1:
            raise BadOption(f"steps={self.steps}, validate_every={self.validate_every}: give 1 or more.")
        if len(self.anchors) not in (0, 18) or any(side <= 0 for side in self.anchors):
            raise BadOption(
                f"anchors={self.anchors}: give 18 numbers over 0 (width and height of three anchors for each "
                "of the strides 8, 16 and 32), or none to have them found from the data."
            )


def load(name: str, **schedule: Any) -> YoloRecipe:
    """See `mien.training.recipe.load`."""
    stem, values = recipe.read(name)
    return recipe.build(YoloRecipe(stem, values.pop("model", "yolo_expression")), values, schedule)
