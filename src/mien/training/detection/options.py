"""What a recipe for a face detector may state beside the schedule."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from mien.errors import BadOption
from mien.training.options import not_negative

ROUNDING = 1e-6
"""By so much may shares that are drawn with differ from 1 in all."""


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """How learning pictures are put together.

    ``sides`` are their sides in pixels (multiples of 32), drawn with ``side_shares``. A picture is a grid
    of 1 to 4 tiles a side, drawn with ``grid_shares``; the share ``empty`` of the tiles shows no face,
    the rest a cut of a photograph whose face is ``smallest`` to ``largest`` pixels high. The
    share ``near`` of large tiles shows it close up, the share ``far`` of the others at most 32 pixels high.
    With the probability ``paste`` small faces, and small things that are none, are laid over. Where places
    were mined in a photograph (`SceneOptions.mined_by`), the share ``mined`` of its cuts is laid around one
    of them instead of around a face.
    """

    sides: tuple[int, ...] = (320, 416)
    side_shares: tuple[float, ...] = (0.78, 0.22)
    grid_shares: tuple[float, ...] = (0.34, 0.33, 0.2, 0.13)
    near: float = 0.45
    far: float = 0.35
    empty: float = 0.22
    smallest: float = 9.0
    largest: float = 380.0
    paste: float = 0.65
    mined: float = 0.35

    def __post_init__(self) -> None:
        if any(side % 32 or side < 64 for side in self.sides):
            raise BadOption(f"sides={self.sides}: give multiples of 32, 64 or more.")
        if len(self.sides) != len(self.side_shares):
            raise BadOption(f"side_shares={self.side_shares} needs one share for each of {self.sides}.")
        _distribution("side_shares", self.side_shares)
        _distribution("grid_shares", self.grid_shares)
        _shares(self, "near", "far", "empty", "paste", "mined")
        if not 0 < self.smallest <= self.largest:
            raise BadOption(
                f"smallest={self.smallest}, largest={self.largest}: give heights in pixels over 0, "
                "the largest no less than the smallest."
            )


@dataclass(frozen=True, slots=True)
class DegradeOptions:
    """How learning pictures are spoilt; each value is a probability unless its name says otherwise.

    The share ``clean`` keeps its colours, light and sharpness; the other values hold for the rest. ``angle``
    is the largest turn in degrees, ``darkest`` the lowest gain.
    """

    clean: float = 0.6

    rotate: float = 0.35
    angle: float = 50.0
    cover: float = 0.3
    light: float = 0.45
    darkest: float = 0.06
    blur: float = 0.2
    noise: float = 0.25
    shrink: float = 0.12
    jpeg: float = 0.25
    gray: float = 0.25
    colour: float = 0.2

    def __post_init__(self) -> None:
        _shares(self, *(entry.name for entry in fields(self) if entry.name not in ("angle", "darkest")))
        not_negative(self, "angle")
        if not 0 < self.darkest <= 1:
            raise BadOption(f"darkest={self.darkest} is no gain that darkens. Give more than 0, at most 1.")


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """The pictures: a part of ``scenes`` (``coco:PATH``) to learn from, and one to choose by.

    ``portraits`` is a part of ``landmarks68`` to learn from as well (empty: none): one person each, boxed by
    the teacher alone.
    ``weights`` draws pictures of a source more (or less) often than one each, written ``source=weight``.
    The detector ``mined_by``, where there is one, is asked first which places it wrongly takes for faces.
    """

    train: str = "coco:faces/train.coco.json"
    select: str = "coco:faces/val.coco.json"
    portraits: str = ""
    weights: tuple[str, ...] = (
        "maskscenes=2.5",
        "collage7=0.8",
        "portraits4=1.6",
        "portraits_unlabelled=0.6",
        "landmarks68=0.6",
    )
    teacher: str = ""
    mined_by: str = ""

    def __post_init__(self) -> None:
        if not all(0 <= weight < math.inf for weight in self.by_source.values()):
            raise BadOption(f"weights={self.weights}: give numbers that are not negative.")

    @property
    def by_source(self) -> dict[str, float]:
        """``weights`` as numbers; `BadOption` for one that is not written so."""
        try:
            pairs = [entry.rsplit("=", 1) for entry in self.weights]
            return {source: float(weight) for source, weight in pairs}
        except ValueError:
            raise BadOption(
                f'weights={self.weights}: write source=weight with a number, as "maskscenes=2.5".'
            ) from None


def _distribution(name: str, shares: Sequence[float]) -> None:
    """Raise `BadOption` unless ``shares`` can be drawn with: none negative, in all 1."""
    if not shares or min(shares) < 0 or abs(sum(shares) - 1) > ROUNDING:
        raise BadOption(f"{name}={shares}: give shares that are not negative, in all 1.")


def _shares(options: object, *names: str) -> None:
    """Raise `BadOption` where one of the values ``names`` of ``options`` is no share."""
    for name in names:
        if not 0 <= getattr(options, name) <= 1:
            raise BadOption(f"{name}={getattr(options, name)} is no share. Give 0 to 1.")
