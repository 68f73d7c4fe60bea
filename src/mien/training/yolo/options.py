"""What a recipe for a one-stage network may state beside the network and the schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mien import config
from mien.errors import BadOption
from mien.training.options import one_of

USES = ("train", "select", "test")
BOXES = ("ciou", "mse")
OBJECTNESS = ("iou", "one")
LARGEST_STRIDE = 32


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """One of the sets of pictures: ``scenes`` is written as for `mien.scenes.base.open_scenes`.

    A relative path in it is looked for in the data folder. ``use`` says what for: "train" to learn from,
    "select" to choose by, "test" to be scored on at the end. ``share``: how often its pictures are learned
    from, against those of the other sets. An ``optional`` set that is not there is left out. Pictures whose
    faces are not boxed are left out too, or have the boxes of the detector ``labelled_by``.
    """

    scenes: str = ""
    use: str = "train"
    share: float = 1.0
    optional: bool = False
    labelled_by: str = ""

    def __post_init__(self) -> None:
        one_of("use", self.use, USES)
        if self.share <= 0:
            raise BadOption(f"share={self.share} of the set '{self.scenes}' must be more than 0.")


@dataclass(frozen=True, slots=True)
class DataOptions:
    """The sets, and the sides of the pictures in pixels (multiples of 32).

    Each batch to learn from has one of ``sides``, drawn with ``side_shares``; pictures to choose by are
    letterboxed to ``select_side``.
    """

    sets: tuple[SceneOptions, ...] = ()
    sides: tuple[int, ...] = (320,)
    side_shares: tuple[float, ...] = (1.0,)
    select_side: int = 320

    def __post_init__(self) -> None:
        object.__setattr__(self, "sets", tuple(map(_set, self.sets)))
        if any(side % LARGEST_STRIDE or side < 64 for side in (*self.sides, self.select_side)):
            raise BadOption(
                f"sides={self.sides}, select_side={self.select_side}: give multiples of 32 from 64."
            )
        if len(self.sides) != len(self.side_shares) or abs(sum(self.side_shares) - 1) > 1e-6:
            raise BadOption(f"side_shares={self.side_shares}: give one for each of {self.sides}, in all 1.")

    def of(self, use: str) -> tuple[SceneOptions, ...]:
        """The sets for this ``use``, in the order of the recipe."""
        return tuple(each for each in self.sets if each.use == use)


@dataclass(frozen=True, slots=True)
class AugmentOptions:
    """How far pictures are changed; 0 switches a change off.

    ``mosaic`` is the probability of a picture put together from four, ``flip`` that of a mirrored one;
    ``hue``, ``saturation`` and ``value`` are the largest changes of the colours as shares, ``scale`` that of
    the size, ``shift`` that of the place as a share of the side; ``rotate`` is in degrees, ``gray`` the
    probability of a picture without colours. The last ``plain_epochs`` have no mosaics.
    """

    mosaic: float = 0.5
    flip: float = 0.5
    hue: float = 0.015
    saturation: float = 0.6
    value: float = 0.4
    scale: float = 0.4
    shift: float = 0.1
    rotate: float = 0.0
    gray: float = 0.1
    plain_epochs: int = 3

    def __post_init__(self) -> None:
        for name in ("mosaic", "flip", "gray", "hue", "saturation", "value", "scale", "shift"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadOption(f"{name}={getattr(self, name)} does not fit: give 0 to 1.")


@dataclass(frozen=True, slots=True)
class LossOptions:
    """What is wrong, and how much of it counts; `mien.training.yolo.losses` defines each part.

    ``box_loss`` is "ciou" or "mse" (the paper's). A cell that has a face shall say its box's overlap with the
    face (``objectness_target`` "iou") or 1 ("one"). ``box``, ``objectness`` and ``expression`` weigh the
    three parts, ``balance`` the objectness of the strides 8, 16 and 32. An anchor fits a face whose sides are
    at most ``anchor_ratio`` times longer or shorter.
    """

    box_loss: str = "ciou"
    objectness_target: str = "iou"
    box: float = 1.0
    objectness: float = 5.0
    expression: float = 8.0
    balance: tuple[float, ...] = (4.0, 1.0, 0.4)
    anchor_ratio: float = 4.0

    def __post_init__(self) -> None:
        one_of("box_loss", self.box_loss, BOXES)
        one_of("objectness_target", self.objectness_target, OBJECTNESS)
        if len(self.balance) != 3:
            raise BadOption(f"balance={self.balance}: give one weight for each of the strides 8, 16 and 32.")
        if self.anchor_ratio <= 1:
            raise BadOption(f"anchor_ratio={self.anchor_ratio} fits nothing. Give more than 1.")


def _set(values: Any) -> SceneOptions:
    """A table of ``[[data.sets]]`` as options."""
    if isinstance(values, SceneOptions):
        return values
    if not isinstance(values, Mapping) or not values.get("scenes"):
        raise BadOption(
            f'[[data.sets]] needs scenes, as scenes = "coco:faces/val.coco.json"; got {values!r}.'
        )
    return config.merge(SceneOptions(), values)
