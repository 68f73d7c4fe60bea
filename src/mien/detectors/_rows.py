"""What a network saw, as rows of numbers, on its way to detections.

A row is x1, y1, x2, y2, score, and where the network gives points their x and y, five times; in pixels of
its input.
"""

from dataclasses import replace

from mien import geometry
from mien.artifact import DetectionSpec
from mien.types import Box, Detection, Floats


def detections(rows: Floats, overlap: float, scale: float) -> list[Detection]:
    """Those of ``rows`` (N, 5) or (N, 15) that no better one overlaps by more than ``overlap`` (IoU).

    Best score first; ``scale`` is what the picture was scaled by to become the network's input.
    """
    if not len(rows):
        return []
    kept = rows[geometry.nms(rows[:, :4], rows[:, 4], overlap)]
    kept[:, :4] /= scale
    kept[:, 5:] /= scale
    return [_detection(row) for row in kept]


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


def _detection(row: Floats) -> Detection:
    x1, y1, x2, y2, score = row[:5].tolist()
    return Detection(Box(x1, y1, x2, y2), score, row[5:].reshape(5, 2) if len(row) > 5 else None)
