"""Boxes in bulk: overlap, suppression of duplicates, and their arrays."""

import math
from collections.abc import Sequence

import numpy as np

from mien.errors import BadOption
from mien.types import Box, Floats

_TINY = np.finfo(np.float32).tiny


def finite(box: Box) -> Box:
    """``box`` itself; `BadOption` where it is nowhere: NaN or infinite."""
    if not all(map(math.isfinite, box.as_tuple())):
        raise BadOption(f"{box} is no place in a picture. Give finite numbers, in pixels.")
    return box


def as_array(boxes: Sequence[Box]) -> Floats:
    """(N, 4) float32 of x1, y1, x2, y2 in pixels."""
    return np.array([box.as_tuple() for box in boxes], np.float32).reshape(-1, 4)


def iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of every box of ``first`` (N, 4) with every one of ``second`` (M, 4).

    Returns (N, M) float32 in [0, 1]; boxes without area overlap nothing.
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    union = _areas(first)[:, None] + _areas(second)[None, :] - shared
    overlap: Floats = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return overlap


def nms(boxes: Floats, scores: Floats, threshold: float) -> list[int]:
    """Greedy non-maximum suppression.

    ``boxes`` (N, 4), ``scores`` (N,): returns the indices kept, best score first, such that no two of
    them overlap by more than ``threshold`` IoU.
    """
    kept: list[int] = []
    areas = _areas(boxes)
    order = np.argsort(-scores, kind="stable")
    while order.size:
        best, rest = int(order[0]), order[1:]
        kept.append(best)
        # Not by `iou`: once per face kept, its general form would take three times as long.
        sides = np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2])
        shared = np.maximum(sides[:, 0], 0) * np.maximum(sides[:, 1], 0)
        union = areas[best] + areas[rest] - shared
        order = rest[shared / np.maximum(union, _TINY) <= threshold]
    return kept


def _areas(boxes: Floats) -> Floats:
    return np.asarray(np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1), np.float32)
