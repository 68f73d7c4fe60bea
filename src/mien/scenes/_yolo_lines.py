"""The lines of a YOLO label file: class, and a box or a polygon as shares of the picture's sides."""

import math
from collections.abc import Mapping

from mien.scenes.base import Fault, GivenBox
from mien.types import Box

_BOX, _SCORED, _TRIANGLE = 5, 6, 7
"""How many numbers a line has: class, x, y, width and height; one more, a confidence; class and corners."""
_ROUNDING = 0.01
"""So far out of 0..1 a box may reach, for its four numbers are rounded; it is cut there."""


def given(
    lines: list[str], where: str, size: tuple[int, int], names: Mapping[int, str]
) -> tuple[list[GivenBox], list[Fault], int]:
    """The boxes of ``lines``, in pixels of a picture of ``size`` (width, height); faults; polygons' count.

    ``names`` are the classes' words; without them every class from 0 on is valid, and called ``class 0``.
    """
    boxes, faults, polygons = [], [], 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{where} line {number}: '{line.strip()[:80]}'"
        values = _numbers(line)
        kind = _fault(values, names)
        if kind:
            valid = f" (valid: 0 to {max(names)})" if kind == "class out of range" and names else ""
            faults.append(Fault(kind, place + valid))
            continue
        polygons += len(values) >= _TRIANGLE
        boxes.append(_given(values, size, names))
    return boxes, faults, polygons


def _numbers(line: str) -> list[float]:
    try:
        values = [float(word) for word in line.split()]
    except ValueError:
        return []
    return values if all(map(math.isfinite, values)) else []


def _fault(values: list[float], names: Mapping[int, str]) -> str:
    """What is wrong with a line; empty where nothing is."""
    polygon = len(values) >= _TRIANGLE and len(values) % 2 == 1
    if not polygon and len(values) not in (_BOX, _SCORED):
        return "line that is no box"
    if not values[0].is_integer() or values[0] < 0 or (names and int(values[0]) not in names):
        return "class out of range"
    if min(values[1:]) < 0 or max(values[1:]) > 1:
        return "box outside 0..1"
    corners = _corners(values)
    if min(corners) < -_ROUNDING or max(corners) > 1 + _ROUNDING:
        return "box outside 0..1"
    x1, y1, x2, y2 = corners
    return "" if x2 > x1 and y2 > y1 else "empty box"


def _corners(values: list[float]) -> tuple[float, float, float, float]:
    if len(values) < _TRIANGLE:
        x, y, width, height = values[1:_BOX]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return min(values[1::2]), min(values[2::2]), max(values[1::2]), max(values[2::2])


def _given(values: list[float], size: tuple[int, int], names: Mapping[int, str]) -> GivenBox:
    x1, y1, x2, y2 = (min(max(value, 0.0), 1.0) for value in _corners(values))
    width, height = size
    number = int(values[0])
    score = {"confidence": values[5]} if len(values) == _SCORED else {}
    box = Box(x1 * width, y1 * height, x2 * width, y2 * height)
    return GivenBox(box, names.get(number, f"class {number}"), attributes=score)
