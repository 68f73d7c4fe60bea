"""A recipe for a face detector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mien.errors import BadOption
from mien.training import recipe
from mien.training.detection.options import ComposeOptions, DegradeOptions, SceneOptions
from mien.training.options import not_negative
from mien.training.recipe import Published, Schedule
from mien.types import Floats

NETWORK = "mien_face"
"""The one network whose maps the loss and the export read."""
LARGEST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class DetectionRecipe:
    """``steps`` batches make an epoch; the detector is scored each ``validate_every`` epochs, and at the end.

    The exported detector reports ``false_faces`` per picture of the selection that nobody boxed; before that
    is met, ``large_faces`` is added to the score's logit on the coarsest map, which sees the large ones. The
    teacher's boxes reach into the hair and end on the chin: of their height the share ``forehead`` is cut off
    above and the share ``chin`` added below. ``sets`` are the sets behind it, for its card: name, part,
    rights.
    """

    name: str
    model: str = NETWORK
    task: str = "detection"
    seed: int = 1
    description: str = ""
    steps: int = 200
    validate_every: int = 4
    false_faces: float = 0.12
    large_faces: float = 0.0
    forehead: float = 0.0
    chin: float = 0.0
    sets: tuple[Mapping[str, str], ...] = ()
    data: SceneOptions = field(default_factory=SceneOptions)
    compose: ComposeOptions = field(default_factory=ComposeOptions)
    degrade: DegradeOptions = field(default_factory=DegradeOptions)
    schedule: Schedule = field(default_factory=Schedule)
    published: Published = field(default_factory=Published)

    def __post_init__(self) -> None:
        if self.model != NETWORK:
            raise BadOption(f'model = "{self.model}" finds no faces. Give "{NETWORK}", or leave it out.')
        if self.steps < 1 or self.validate_every < 1:
            raise BadOption(f"steps={self.steps}, validate_every={self.validate_every}: give 1 or more.")
        not_negative(self, "false_faces")
        if max(abs(self.forehead), abs(self.chin)) >= LARGEST_SHARE:
            raise BadOption(
                f"forehead={self.forehead} and chin={self.chin} are shares of a box's height: give less than "
                f"{LARGEST_SHARE} either way."
            )

    def tight(self, boxes: Floats) -> Floats:
        """Boxes (N, 4) as people draw them, of the teacher's: x1, y1, x2, y2 in pixels."""
        height = boxes[:, 3] - boxes[:, 1]
        moved = np.stack((0 * height, self.forehead * height, 0 * height, self.chin * height), axis=1)
        return np.asarray(boxes + moved, np.float32)


def load(name: str, **schedule: Any) -> DetectionRecipe:
    """See `mien.training.recipe.load`."""
    stem, values = recipe.read(name)
    return recipe.build(DetectionRecipe(stem), values, schedule)
