"""What is drawn on a picture, and how large."""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from mien import palette
from mien.errors import BadOption, UnknownName
from mien.types import Expression

BY_EXPRESSION = "expression"
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Style:
    """Each part of the overlay, switchable.

    ``colour`` is "expression" (each face in the colour of its expression) or one fixed "#RRGGBB".
    ``labels`` is the word with its confidence, ``bars`` the probabilities and ``measures`` the numbers beside
    the ``max_bars`` largest faces that have room, ``points`` the facial points, ``regions`` brows, eyes, nose
    and mouth, ``pose`` the axes of the head. ``scale`` multiplies every size.
    """

    boxes: bool = True
    colour: str = BY_EXPRESSION
    ids: bool = True
    labels: bool = True
    bars: bool = True
    points: bool = False
    regions: bool = False
    measures: bool = False
    pose: bool = False
    max_bars: int = 3
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.colour != BY_EXPRESSION and not _HEX.fullmatch(self.colour):
            raise BadOption(f"colour={self.colour} is no colour. Give 'expression' or #RRGGBB, as #5B5BD6.")
        if self.max_bars < 0:
            raise BadOption(f"max_bars={self.max_bars} is negative. Give 0 or bars=false for none.")
        if not 0.25 <= self.scale <= 8:
            raise BadOption(f"scale={self.scale} is out of range. Give a factor from 0.25 to 8.")

    def showing(self, names: Collection[str]) -> Self:
        """The same style with ``names`` (of `PARTS`) switched on; `UnknownName` for any other."""
        for name in names:
            if name not in PARTS:
                raise UnknownName("part of the picture", name, PARTS)
        shown: dict[str, Any] = dict.fromkeys(names, True)
        return replace(self, **shown)

    def colour_of(self, expression: Expression | None) -> tuple[int, int, int]:
        """The BGR colour of a face with ``expression``."""
        if self.colour != BY_EXPRESSION:
            return palette.bgr(self.colour)
        certain = expression is not None and not expression.unsure
        return palette.bgr(palette.colour(expression.label if expression and certain else None))


PARTS = tuple(entry.name for entry in fields(Style) if isinstance(entry.default, bool))
"""The names of all that can be switched."""
ON_REQUEST = tuple(entry.name for entry in fields(Style) if entry.default is False)
"""Those of `PARTS` that are off unless somebody asks for them."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths in whole pixels, for one size of picture: readable at 360p, in proportion at 4K."""

    text: int
    """Height of the font."""
    line: int
    """Width of a thin line."""
    gap: int
    """The unit of distance: padding inside plates, space between them."""

    @classmethod
    def of(cls, width: int, height: int, scale: float = 1.0) -> Self:
        """The sizes for a picture of ``width`` x ``height`` pixels."""
        side = min(width, height)
        unit = side / 720 * scale
        least = min(max(side / 30, 10), 12) * min(scale, 1.0)  # on a thumbnail, 12 pixels cover too much
        return cls(
            text=max(round(15 * unit), round(least), 6),
            line=max(round(1.5 * unit), 2),  # thinner ones lose their colour in video (4:2:0)
            gap=max(round(5 * unit), 4),
        )

    def pen(self, reach: float) -> tuple[float, float]:
        """Width of a fine line, and of its rim, on a face whose eyes are ``reach`` pixels apart."""
        width = min(max(0.4 + reach * 0.006, 0.5), self.line * 0.6)
        return width, min(max(0.2 + reach * 0.005, 0.3), max(width * 0.7, 0.6))
