"""What a visitor chooses beside detector and classifier, out of the address."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

from mien.drawing.style import Style


@dataclass(frozen=True, slots=True)
class Choice:
    """``landmarker``, ``aligner`` and ``measures`` as `Models.analyzer` takes them (None: the server's own);
    ``draw`` names parts of the overlay that are shown beside the server's own."""

    landmarker: str | None = None
    aligner: str | None = None
    measures: Annotated[list[str] | None, Query()] = None
    draw: Annotated[list[str] | None, Query()] = None

    def __post_init__(self) -> None:
        self.style(Style())  # a part that does not exist is said at once

    @property
    def models(self) -> dict[str, Any]:
        return {"landmarker": self.landmarker, "aligner": self.aligner, "measures": self.measures}

    def style(self, style: Style) -> Style:
        """``style`` with what is to be drawn too."""
        return style.showing(self.draw or ())
