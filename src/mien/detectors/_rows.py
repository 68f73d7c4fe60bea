"""What a network saw, as rows of numbers, on its way to detections.

A row is x1, y1, x2, y2, score, and then what the network gives besides: x and y of five points, or the logits
of expressions. Pixels are those of its input.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mien import geometry
from mien.artifact import DetectionSpec
from mien.types import Box, Detection, Expression, Floats

Reader = Callable[[Floats], list[Expression]]
"""Expressions from the values (N, K) behind the score."""


def detections(
    rows: Floats, overlap: float, scale: tuple[float, float], read: Reader | None = None
) -> list[Detection]:
    """Those of ``rows`` (N, 5 + K) that no better one overlaps by more than ``overlap`` (IoU).

    Best score first; ``scale`` is what the picture's x and y were scaled by to become the network's input.
    What stands behind the score are five points, if anything, unless ``read`` makes expressions of it.
    """
    if not len(rows):
        return []
    kept = rows[geometry.nms(rows[:, :4], rows[:, 4], overlap)]
    places = kept[:, :4] / np.array(scale * 2, np.float32)
    boxes = [Box(*corners) for corners in places.tolist()]
    scores, rest = kept[:, 4].tolist(), kept[:, 5:]
    points: Sequence[Floats | None] = [None] * len(kept)
    expressions: Sequence[Expression | None] = [None] * len(kept)
    if read is not None:
        expressions = read(rest)
    elif rest.shape[1]:
        points = list(rest.reshape(-1, 5, 2) / np.array(scale, np.float32))
    return list(map(Detection, boxes, scores, points, expressions))


def tightened(found: list[Detection], spec: DetectionSpec) -> list[Detection]:
    """``found`` with the boxes that ``spec`` makes of the model's own; points stay."""
    if (spec.box_width, spec.box_height, spec.box_shift_y) == (1, 1, 0):
        return found
    return [replace(face, box=_tight(face.box, spec)) for face in found]


def _tight(box: Box, spec: DetectionSpec) -> Box:
    x, y = box.center
    y += spec.box_shift_y * box.height
    half_w, half_h = box.width * spec.box_width / 2, box.height * spec.box_height / 2
    return Box(x - half_w, y - half_h, x + half_w, y + half_h)
