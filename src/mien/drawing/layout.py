"""Where plates go: beside their face, inside the picture, not on top of each other."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mien.types import Box


class Rect(NamedTuple):
    """A rectangle of whole pixels: its left top corner and its extent."""

    x: int
    y: int
    width: int
    height: int

    def overlap(self, other: "Rect") -> int:
        """The shared area, in pixels."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(across, 0) * max(down, 0)

    def inside(self, width: int, height: int) -> bool:
        """Whether it lies wholly in a picture of ``width`` x ``height``."""
        return self.x >= 0 and self.y >= 0 and self.x + self.width <= width and self.y + self.height <= height


def rect(box: Box) -> Rect:
    """The whole pixels of ``box``."""
    x1, y1 = round(box.x1), round(box.y1)
    return Rect(x1, y1, round(box.x2) - x1, round(box.y2) - y1)


def label_places(face: Rect, size: tuple[int, int], picture: tuple[int, int], gap: int) -> Iterator[Rect]:
    """Places for a plate of ``size`` (width, height), best first: above the face, below, inside its top."""
    width, height = size
    x = _clamped(face.x, width, picture[0])
    for y in (face.y - height - gap, face.y + face.height + gap, max(face.y, 0) + gap):
        yield Rect(x, y, width, height)


def panel_places(face: Rect, size: tuple[int, int], picture: tuple[int, int], gap: int) -> dict[str, Rect]:
    """Places for a panel of ``size`` by side: right, left, below, above. Some may leave the picture."""
    width, height = size
    x, y = _clamped(face.x, width, picture[0]), _clamped(face.y, height, picture[1])
    return {
        "right": Rect(face.x + face.width + 2 * gap, y, width, height),
        "left": Rect(face.x - width - 2 * gap, y, width, height),
        "below": Rect(x, face.y + face.height + 2 * gap, width, height),
        "above": Rect(x, face.y - height - 2 * gap, width, height),
    }


def corners(size: tuple[int, int], picture: tuple[int, int], gap: int) -> list[Rect]:
    """A panel of ``size`` in each corner of the picture, ``gap`` from its edges."""
    width, height = size
    right, bottom = picture[0] - width - gap, picture[1] - height - gap
    return [Rect(x, y, width, height) for y in (gap, bottom) for x in (right, gap)]


def within(place: Rect, picture: tuple[int, int]) -> Rect:
    """``place`` moved into the picture, as far as it must be."""
    x, y = _clamped(place.x, place.width, picture[0]), _clamped(place.y, place.height, picture[1])
    return Rect(x, y, place.width, place.height)


def free(place: Rect, taken: Iterable[Rect], picture: tuple[int, int], share: float = 0.0) -> bool:
    """Whether ``place`` is inside the picture and none of ``taken`` covers more than ``share`` of it."""
    limit = share * place.width * place.height
    return place.inside(*picture) and all(place.overlap(other) <= limit for other in taken)


def least_covered(places: Sequence[Rect], *taken: Sequence[Rect]) -> Rect:
    """The place that shares the smallest area with the first of ``taken``, among equals with the next; else
    the first."""
    return min(places, key=lambda place: [sum(map(place.overlap, others)) for others in taken])


def bridge(first: Rect, second: Rect, width: int) -> Rect:
    """A strip, ``width`` pixels wide, from one rectangle to another that lies beside, above or below it."""
    left, top = max(first.x, second.x), max(first.y, second.y)
    right = min(first.x + first.width, second.x + second.width)
    bottom = min(first.y + first.height, second.y + second.height)
    if right <= left:
        return Rect(right, top, left - right, width)
    return Rect(left, bottom, width, max(top - bottom, 0))


def _clamped(start: int, length: int, limit: int) -> int:
    return max(min(start, limit - length), 0)
