"""Captions, bars and measures of the faces of a frame: beside their face, and never over one another."""

from collections.abc import Mapping
from typing import NamedTuple

from mien import regions
from mien.drawing import bars, captions, numbers
from mien.drawing.layout import Rect, bridge, corners, free, label_places, least_covered, panel_places, rect
from mien.drawing.plates import fill
from mien.drawing.style import Sizes, Style
from mien.types import Face, Image

_MOST = 0.25
"""The share of the picture that a panel may cover: on a thumbnail there is none."""


class Spot(NamedTuple):
    """Where a panel stands: beside its face or in a corner of the picture, by name, and in which length."""

    name: str
    rows: int = 0


Spots = Mapping[str, Spot]
"""The panels of one face: "bars", "measures"."""


class Annotations:
    """Puts them on one frame: what is placed first keeps its room.

    ``usual`` says where each track's panels stood when it was last seen: they stay there while they can.
    """

    def __init__(self, canvas: Image, style: Style, sizes: Sizes, usual: Mapping[int, Spots]) -> None:
        self._canvas, self._style, self._sizes = canvas, style, sizes
        self._picture: tuple[int, int] = (canvas.shape[1], canvas.shape[0])
        self._usual = usual
        self._taken: list[Rect] = []
        self._large: list[Rect] = []

    def annotate(self, faces: list[Face]) -> dict[int, Spots]:
        """Draw them for ``faces``, largest first; returns where each track's panels stand."""
        chosen = [face for face in faces if len(faces) == 1 or self._is_large(face)]
        self._large = [rect(face.box) for face in chosen]
        for face in chosen:  # each has its word before any has its panels
            self._caption(face)
        shown: dict[int, Spots] = {}
        panels = 0
        for face in chosen:
            if panels < self._style.max_bars:
                drawn = {"bars": self._bars(face), "measures": self._measures(face)}
                spots = {kind: spot for kind, spot in drawn.items() if spot is not None}
                panels += bool(spots)
                if spots and face.track_id is not None:
                    shown[face.track_id] = spots
        return shown

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

    def _bars(self, face: Face) -> Spot | None:
        """Draw the bars of ``face`` where there is room; returns where."""
        if not self._style.bars or face.expression is None:
            return None
        size = bars.size(face.expression.labels, self._sizes)
        spot, area = self._chosen(face, "bars", {0: size})
        if area is not None:
            bars.panel(self._canvas, area, face.expression, self._style, self._sizes)
            self._keep(face, area)
        return spot

    def _measures(self, face: Face) -> Spot | None:
        """Draw the measures of ``face``, as many as there is room for; returns where."""
        if not self._style.measures or not face.measures:
            return None
        tables = {most: numbers.rows(face.measures, most) for most in numbers.LENGTHS}
        sizes = {most: numbers.size(table, self._sizes) for most, table in tables.items()}
        spot, area = self._chosen(face, "measures", sizes)
        if spot is not None and area is not None:
            numbers.panel(self._canvas, area, tables[spot.rows], self._sizes)
            self._keep(face, area)
        return spot

    def _chosen(
        self, face: Face, kind: str, sizes: Mapping[int, tuple[int, int]]
    ) -> tuple[Spot | None, Rect | None]:
        """The spot for a panel that may have one of ``sizes`` (by rows, best first), and its place.

        It is the usual one where that is free, else one beside the face, else a corner.
        """
        spots = {} if face.track_id is None else self._usual.get(face.track_id, {})
        usual = spots.get(kind, Spot("right"))
        beside = {
            Spot(side, rows): area
            for rows, size in sizes.items()
            for side, area in self._beside(face, size, usual.name).items()
        }
        inside = {
            Spot(corner, rows): area
            for rows, size in sizes.items()
            for corner, area in self._corners(face, size, usual.name).items()
        }
        places = beside | inside
        if usual in places:
            return usual, places[usual]
        return next(iter(places.items()), (None, None))

    def _beside(self, face: Face, size: tuple[int, int], usual: str) -> dict[str, Rect]:
        """The sides with room for a panel, the ``usual`` one first."""
        if not self._fits(size):
            return {}
        places = panel_places(rect(face.box), size, self._picture, self._sizes.gap)
        taken = [*self._taken, *self._large]
        sides = sorted(places, key=lambda side: side != usual)
        return {side: places[side] for side in sides if free(places[side], taken, self._picture)}

    def _corners(self, face: Face, size: tuple[int, int], usual: str) -> dict[str, Rect]:
        """The corner of the picture for a panel of the only face: over no text, and off eyes and mouth.

        The ``usual`` one, as long as no other lies farther off them.
        """
        share = max(size[0] / self._picture[0], size[1] / self._picture[1])
        names = {
            area: f"corner {number}"
            for number, area in enumerate(corners(size, self._picture, self._sizes.gap))
            if free(area, self._taken, self._picture)
        }
        if len(self._large) != 1 or share > 0.6 or not self._fits(size) or not names:
            return {}
        parts = [] if face.landmarks is None else regions.regions(face.landmarks, self._picture)
        off = [rect(part.box) for part in parts]
        kept = [area for area, name in names.items() if name == usual]
        if not (kept and sum(map(kept[0].overlap, off)) == 0):
            kept = [least_covered(list(names), off, self._large)]
        return {names[area]: area for area in kept}

    def _fits(self, size: tuple[int, int]) -> bool:
        return size[0] * size[1] <= _MOST * self._picture[0] * self._picture[1]

    def _keep(self, face: Face, area: Rect) -> None:
        """Keep the room of a panel; where there are several faces, a stroke says whose it is."""
        self._taken.append(area)
        strip = bridge(rect(face.box), area, self._sizes.line)
        if len(self._large) > 1:
            fill(self._canvas, strip, self._style.colour_of(face.expression))
