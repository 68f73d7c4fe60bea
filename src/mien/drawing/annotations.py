"""Captions, bars and measures of the faces of a frame: beside their face, and never over one another."""

from mien import regions
from mien.drawing import bars, captions, numbers
from mien.drawing.layout import Rect, bridge, corners, free, label_places, least_covered, panel_places, rect
from mien.drawing.plates import fill
from mien.drawing.style import Sizes, Style
from mien.types import Face, Image

_MOST = 0.25
"""The share of the picture that a panel may cover: on a thumbnail there is none."""


class Annotations:
    """Puts them on one frame: what is placed first keeps its room.

    ``sides`` says on which side of its face each track's bars stood in the last frame.
    """

    def __init__(self, canvas: Image, style: Style, sizes: Sizes, sides: dict[int | None, str]) -> None:
        self._canvas, self._style, self._sizes = canvas, style, sizes
        self._picture: tuple[int, int] = (canvas.shape[1], canvas.shape[0])
        self._usual = sides
        self._taken: list[Rect] = []
        self._large: list[Rect] = []

    def annotate(self, faces: list[Face]) -> dict[int | None, str]:
        """Draw them for ``faces``, largest first; returns the side that each track's bars took."""
        chosen = [face for face in faces if len(faces) == 1 or self._is_large(face)]
        self._large = [rect(face.box) for face in chosen]
        for face in chosen:  # each has its word before any has its panels
            self._caption(face)
        sides: dict[int | None, str] = {}
        panels = 0
        for face in chosen:
            if panels < self._style.max_bars:
                side, measured = self._bars(face), self._measures(face)
                panels += bool(side) or measured
                sides |= {face.track_id: side} if side else {}
        return sides

    def _is_large(self, face: Face) -> bool:
        return face.box.height >= 2.5 * self._sizes.text

    def _caption(self, face: Face) -> None:
        if not captions.words(face, self._style):
            return
        size = captions.size(face, self._style, self._sizes)
        places = label_places(rect(face.box), size, self._picture, self._sizes.gap)
        open_places = [place for place in places if free(place, self._taken, self._picture)]
        if open_places:
            others = [other for other in self._large if other != rect(face.box)]
            area = least_covered(open_places, others)
            captions.caption(self._canvas, area, face, self._style, self._sizes)
            self._taken.append(area)

    def _bars(self, face: Face) -> str:
        """Draw the bars of ``face`` where there is room; returns the side, or nothing."""
        if not self._style.bars or face.expression is None:
            return ""
        size = bars.size(face.expression.labels, self._sizes)
        side, area = self._beside(face, size)
        area = area or self._corner(face, size)
        if area is None:
            return ""
        bars.panel(self._canvas, area, face.expression, self._style, self._sizes)
        self._keep(face, area)
        return side

    def _measures(self, face: Face) -> bool:
        """Draw the measures of ``face``, as many as there is room for; returns whether there was any."""
        if not self._style.measures or not face.measures:
            return False
        tables = [numbers.rows(face.measures, most) for most in numbers.LENGTHS]
        areas = [(table, self._beside(face, numbers.size(table, self._sizes))[1]) for table in tables]
        areas += [(table, self._corner(face, numbers.size(table, self._sizes))) for table in tables]
        for table, area in areas:
            if area is not None:
                numbers.panel(self._canvas, area, table, self._sizes)
                self._keep(face, area)
                return True
        return False

    def _beside(self, face: Face, size: tuple[int, int]) -> tuple[str, Rect | None]:
        """The side with room for a panel, the one of the last frame if it has, and where; else a corner."""
        if not self._fits(size):
            return "", None
        places = panel_places(rect(face.box), size, self._picture, self._sizes.gap)
        usual = "right" if face.track_id is None else self._usual.get(face.track_id, "right")
        for side in sorted(places, key=lambda side: side != usual):
            if free(places[side], [*self._taken, *self._large], self._picture):
                return side, places[side]
        return "corner", None

    def _corner(self, face: Face, size: tuple[int, int]) -> Rect | None:
        """A corner of the picture for the panel of the only face: over no text, and off eyes and mouth."""
        share = max(size[0] / self._picture[0], size[1] / self._picture[1])
        places = corners(size, self._picture, self._sizes.gap)
        open_places = [place for place in places if free(place, self._taken, self._picture)]
        if len(self._large) != 1 or share > 0.6 or not self._fits(size) or not open_places:
            return None
        parts = [] if face.landmarks is None else regions.regions(face.landmarks, self._picture)
        return least_covered(open_places, [rect(part.box) for part in parts], self._large)

    def _fits(self, size: tuple[int, int]) -> bool:
        return size[0] * size[1] <= _MOST * self._picture[0] * self._picture[1]

    def _keep(self, face: Face, area: Rect) -> None:
        """Keep the room of a panel; where there are several faces, a stroke says whose it is."""
        self._taken.append(area)
        strip = bridge(rect(face.box), area, self._sizes.line)
        if len(self._large) > 1:
            fill(self._canvas, strip, self._style.colour_of(face.expression))
