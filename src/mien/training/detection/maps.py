"""Cells: the places of a detector's maps, of all strides in one row."""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien.types import Floats

STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Cells:
    """What M cells say: ``scores`` (M,), ``boxes`` (M, 4) and ``points`` (M, 5, 2) in pixels; float32."""

    scores: Floats
    boxes: Floats
    points: Floats


@functools.lru_cache(maxsize=16)
def cells_of(height: int, width: int) -> tuple[Floats, Floats]:
    """Column and row (M, 2) and the stride (M,) of each cell of a picture, strides in order, row by row."""
    corners, strides = [], []
    for stride in STRIDES:
        rows, columns = np.divmod(np.arange(height // stride * (width // stride)), width // stride)
        corners.append(np.stack((columns, rows), axis=1).astype(np.float32))
        strides.append(np.full(len(rows), stride, np.float32))
    return np.concatenate(corners), np.concatenate(strides)


def cell_at(points: Floats, stride: int, height: int, width: int) -> npt.NDArray[np.int64]:
    """The cells (N,) of ``stride`` that the ``points`` (N, 2) lie in; -1 outside the picture."""
    column, row = (points // stride).astype(np.int64).T
    columns, rows = width // stride, height // stride
    first = sum((height // finer) * (width // finer) for finer in STRIDES if finer < stride)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    return np.where(inside, first + row * columns + column, -1)
