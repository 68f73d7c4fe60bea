"""What a network saw, as rows of numbers, on its way to detections.

A row is x1, y1, x2, y2, score, and where the network gives points their x and y, five times; in pixels of
its input.
"""

from mien import geometry
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


def _detection(row: Floats) -> Detection:
    x1, y1, x2, y2, score = row[:5].tolist()
    return Detection(Box(x1, y1, x2, y2), score, row[5:].reshape(5, 2) if len(row) > 5 else None)
