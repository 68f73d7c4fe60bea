"""Everything at once: boxes, captions and bars of a frame on its picture."""

import numpy as np

from mien import landmarks68
from mien.drawing import boxes, heads, points, regions
from mien.drawing.annotations import Annotations, Spots
from mien.drawing.layout import rect
from mien.drawing.style import Sizes, Style
from mien.types import Face, FrameResult, Image

NOSE_TIP = landmarks68.NOSE[3]
_KEEPS = 1.3
"""A face that had its bars in the last frame counts as this much larger: bars do not jump to and fro."""
_REMEMBERED = 64
"""So many people keep the places of their panels while they are out of sight."""


def draw(image: Image, result: FrameResult, style: Style | None = None) -> Image:
    """A new picture: ``image`` (H, W, 3) BGR with the faces of ``result`` drawn on it.

    For a stream use one `Painter`, which keeps panels in their place from frame to frame.
    """
    return Painter(style).draw(image, result)


class Painter:
    """Draws the frames of one stream; used by one thread at a time."""

    def __init__(self, style: Style | None = None) -> None:
        self.style = style or Style()
        self._spots: dict[int, Spots] = {}
        self._shown: frozenset[int | None] = frozenset()

    def draw(self, image: Image, result: FrameResult, out: Image | None = None) -> Image:
        """``image`` (H, W, 3) BGR with the faces of ``result`` drawn on it.

        ``image`` is not changed: the picture is new, or ``out`` (of the same shape), which saves the time
        to find memory: most of the cost of a large frame.
        """
        canvas = np.empty(image.shape, np.uint8) if out is None else out
        np.copyto(canvas, image)
        sizes = Sizes.of(canvas.shape[1], canvas.shape[0], self.style.scale)
        faces = sorted(result.faces, key=self._weight, reverse=True)
        for face in reversed(faces):  # the larger, nearer face lies on top
            self._mark(canvas, face, sizes)
        spots = Annotations(canvas, self.style, sizes, self._spots).annotate(faces)
        self._shown = frozenset(spots)
        before = {track: spot for track, spot in self._spots.items() if track not in spots}
        self._spots = dict([*before.items(), *spots.items()][-_REMEMBERED:])
        return canvas

    def _weight(self, face: Face) -> float:
        return face.box.area * (_KEEPS if face.track_id in self._shown else 1.0)

    def _mark(self, canvas: Image, face: Face, sizes: Sizes) -> None:
        if self.style.boxes:
            unsure = face.expression is not None and face.expression.unsure
            colour = self.style.colour_of(face.expression)
            boxes.box(canvas, rect(face.box), colour, sizes, dashed=unsure)
        if self.style.points and face.landmarks is not None:
            points.landmarks(canvas, face.landmarks, sizes)
        elif self.style.points and face.points is not None:
            points.points(canvas, face.points, sizes)
        if self.style.pose and face.pose is not None:
            heads.head(canvas, face.pose, _nose(face), heads.LENGTH * face.box.height, sizes)
        if self.style.regions and face.landmarks is not None:
            regions.draw(canvas, face.landmarks, sizes)


def _nose(face: Face) -> tuple[float, float]:
    """Where the axes of a head meet: the tip of its nose, or the middle of its box."""
    if face.landmarks is not None:
        x, y = face.landmarks[NOSE_TIP]
    elif face.points is not None:
        x, y = face.points[2]
    else:
        return face.box.center
    return float(x), float(y)
