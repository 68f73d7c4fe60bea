"""Anchor-free outputs: each cell of a map tells whether a face is near, and where it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien.artifact import Card, DetectionSpec
from mien.detectors._maps import places
from mien.detectors._shares import logit, sigmoid
from mien.types import Floats

VALUES = 15
"""Per cell: score, center x and y, logarithm of width and height, five points x and y."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The cells of one map that see a face.

    ``stride`` is the side of a cell in pixels of the input, ``columns`` the map's width. ``cells`` (N,) are
    counted row by row. ``values`` (N, 15) float32: the score in [0, 1]; the box's center, in cells from the
    cell's own corner; the logarithms of its width and height in strides; the points, like the center.
    """

    stride: int
    columns: int
    cells: npt.NDArray[np.intp]
    values: Floats


def decode(maps: Sequence[Seen]) -> Floats:
    """Rows (N, 15) of x1, y1, x2, y2, score and five points, in pixels of the input."""
    maps = [seen for seen in maps if len(seen.cells)]
    if not maps:
        return np.empty((0, VALUES), np.float32)
    values = np.concatenate([seen.values for seen in maps])
    corner = np.concatenate([_corners(seen) for seen in maps])  # (N, 2): x, y
    counts = [len(seen.cells) for seen in maps]
    stride = np.repeat(np.array([[seen.stride] for seen in maps], np.float32), counts, axis=0)
    center = (corner + values[:, 1:3]) * stride
    half = np.exp(values[:, 3:5]) * (stride / 2)
    points = (values[:, 5:].reshape(-1, 5, 2) + corner[:, None]) * stride[:, None]
    return np.concatenate((center - half, center + half, values[:, :1], points.reshape(-1, 10)), axis=1)


def _corners(seen: Seen) -> Floats:
    corners = np.empty((len(seen.cells), 2), np.float32)
    np.divmod(seen.cells, seen.columns, corners[:, 1], corners[:, 0], casting="unsafe")
    return corners


class AnchorFree:
    """Reads one output per stride, called ``stride_8`` and so on, each (1, 15, H / stride, W / stride).

    Its channels are those of `Seen.values`, with the score as a logit. ``outputs`` are the model's names and
    shapes; raises `ModelError` where they do not fit.
    """

    def __init__(
        self, outputs: Mapping[str, tuple[int | None, ...]], spec: DetectionSpec, threshold: float, card: Card
    ) -> None:
        self._places = places(outputs, spec.strides, VALUES, "'anchor_free'")
        self._threshold = logit(threshold)

    def rows(self, outputs: Sequence[Floats], width: int, height: int) -> Floats:
        """The faces, (N, 15), before suppression; see `mien.detectors._rows`."""
        return decode([self._seen(outputs[place], stride) for stride, place in self._places.items()])

    def _seen(self, output: Floats, stride: int) -> Seen:
        channels = output.reshape(VALUES, -1)
        # Only cells over the threshold are decoded: a handful out of thousands.
        cells = np.flatnonzero(channels[0] >= self._threshold)
        values = channels[:, cells].T
        values[:, 0] = sigmoid(values[:, 0])
        return Seen(stride, output.shape[3], cells, values)
