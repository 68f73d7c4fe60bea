"""Everything at once: boxes, captions and bars of a frame on its picture."""

import numpy as np

from mien import landmarks68
from mien.drawing import bars, boxes, captions, heads, numbers, points, regions
from mien.drawing.layout import Rect, corners, free, label_places, least_covered, panel_places, rect
from mien.drawing.style import Sizes, Style
from mien.types import Face, FrameResult, Image

NOSE_TIP = landmarks68.NOSE[3]
_KEEPS = 1.3
"""A face that had its bars in the last frame counts as this much larger: bars do not jump to and fro."""


def draw(image: Image, result: FrameResult, style: Style | None = None) -> Image:
    """A new picture: ``image`` (H, W, 3) BGR with the faces of ``result`` drawn on it.

    For a stream use one `Painter`, which keeps bars on their side from frame to frame.
    """
    return Painter(style).draw(image, result)


class Painter:
    """Draws the frames of one stream; used by one thread at a time."""

    def __init__(self, style: Style | None = None) -> None:
        self.style = style or Style()
        self._sides: dict[int | None, str] = {}

    def draw(self, image: Image, result: FrameResult, out: Image | None = None) -> Image:
        """``image`` (H, W, 3) BGR with the faces of ``result`` drawn on it.

        ``image`` is not changed: the picture is new, or ``out`` (of the same shape), which saves the time
        to find memory: most of the cost of a large frame.
        """
        canvas = np.empty_like(image) if out is None else out
        np.copyto(canvas, image)
        sizes = Sizes.of(canvas.shape[1], canvas.shape[0], self.style.scale)
        faces = sorted(result.faces, key=self._weight, reverse=True)
        for face in reversed(faces):  # the larger, nearer face lies on top
            self._mark(canvas, face, sizes)
        self._sides = _Page(canvas, self.style, sizes, self._sides).annotate(faces)
        return canvas

    def _weight(self, face: Face) -> float:
        kept = face.track_id is not None and face.track_id in self._sides
        return face.box.area * (_KEEPS if kept else 1.0)

    def _mark(self, canvas: Image, face: Face, sizes: Sizes) -> None:
        if self.style.boxes:
            unsure = face.expression is not None and face.expression.unsure
            colour = self.style.colour_of(face.expression)
            boxes.box(canvas, rect(face.box), colour, sizes, dashed=unsure)
        if self.style.points and face.landmarks is not None:
            points.landmarks(canvas, face.landmarks, sizes)
        elif self.style.points and face.points is not None:
            points.points(canvas, face.points, sizes)
        if self.style.regions and face.landmarks is not None:
            regions.draw(canvas, face.landmarks, sizes)
        if self.style.pose and face.pose is not None:
            heads.head(canvas, face.pose, _nose(face), heads.LENGTH * face.box.height, sizes)


class _Page:
    """The captions and panels of one frame: what is placed first keeps its room."""

    def __init__(self, canvas: Image, style: Style, sizes: Sizes, sides: dict[int | None, str]) -> None:
        self._canvas, self._style, self._sizes = canvas, style, sizes
        self._picture = canvas.shape[1], canvas.shape[0]
        self._usual = sides
        self._taken: list[Rect] = []
        self._large: list[Rect] = []

    def annotate(self, faces: list[Face]) -> dict[int | None, str]:
        """Captions and bars for ``faces``, largest first; returns the side that each track's bars took."""
        chosen = [face for face in faces if len(faces) == 1 or self._is_large(face)]
        self._large = [rect(face.box) for face in chosen]
        sides: dict[int | None, str] = {}
        panels = 0
        for face in chosen:
            self._caption(face)
            if panels < self._style.max_bars and (side := self._bars(face)):
                panels += 1
                sides[face.track_id] = side
            if self._style.measures and face.measures:
                self._measures(face)
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
        side, area = self._place(face, bars.size(face.expression.labels, self._sizes))
        if area is None:
            return ""
        bars.panel(self._canvas, area, face.expression, self._style, self._sizes)
        self._taken.append(area)
        return side

    def _measures(self, face: Face) -> None:
        """Draw the measures of ``face`` where there is room."""
        _, area = self._place(face, numbers.size(face.measures, self._sizes))
        if area is not None:
            numbers.panel(self._canvas, area, face.measures, self._sizes)
            self._taken.append(area)

    def _place(self, face: Face, size: tuple[int, int]) -> tuple[str, Rect | None]:
        places = panel_places(rect(face.box), size, self._picture, self._sizes.gap)
        usual = "right" if face.track_id is None else self._usual.get(face.track_id, "right")
        for side in sorted(places, key=lambda side: side != usual):
            if free(places[side], [*self._taken, *self._large], self._picture):
                return side, places[side]
        alone = len(self._large) == 1
        if alone and size[0] <= 0.6 * self._picture[0] and size[1] <= 0.9 * self._picture[1]:
            within = corners(size, self._picture, self._sizes.gap)
            return "corner", least_covered(within, [*self._large, *self._taken])
        return "", None


def _nose(face: Face) -> tuple[float, float]:
    """Where the axes of a head meet: the tip of its nose, or the middle of its box."""
    if face.landmarks is not None:
        x, y = face.landmarks[NOSE_TIP]
    elif face.points is not None:
        x, y = face.points[2]
    else:
        return face.box.center
    return float(x), float(y)
