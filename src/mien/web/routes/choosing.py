"""What a visitor chooses beside detector and classifier, out of the address."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from fastapi import Query

from mien.drawing.style import Style
from mien.errors import UnknownName

_PARTS = tuple(entry.name for entry in fields(Style) if isinstance(entry.default, bool))


@dataclass(frozen=True, slots=True)
class Choice:
    """``landmarker``, ``aligner`` and ``measures`` as `Models.analyzer` takes them (None: the server's own);
    ``draw`` names parts of the overlay that are shown beside the server's own."""

    landmarker: str | None = None
    aligner: str | None = None
    measures: Annotated[list[str] | None, Query()] = None
    draw: Annotated[list[str] | None, Query()] = None

    def __post_init__(self) -> None:
        for name in self.draw or ():
            if name not in _PARTS:
                raise UnknownName("part of the picture", name, _PARTS)

    @property
    def models(self) -> dict[str, Any]:
        return {"landmarker": self.landmarker, "aligner": self.aligner, "measures": self.measures}

    def style(self, style: Style) -> Style:
        """``style`` with what is to be drawn too."""
        shown: dict[str, Any] = dict.fromkeys(self.draw or (), True)
        return replace(style, **shown)
