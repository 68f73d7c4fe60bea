"""Anchors: each cell of a map tells for several shapes whether a face is there, where, and what it shows.

The parametrisation is that of YOLOv5 (Jocher et al., 2020): a center reaches half a cell beyond its own, and
a side is up to four times its anchor's.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from mien.artifact import Card, DetectionSpec
from mien.detectors._maps import places
from mien.detectors._shares import logit, sigmoid
from mien.types import Expression, Floats

VALUES = 5
"""Per anchor and cell: center x and y, width and height, objectness; then a logit per expression."""


class Anchors:
    """Reads one output per stride, ``stride_8`` and so on, each (1, A * (5 + K), H / stride, W / stride),
    for A anchors and the K expressions of ``card``.

    Of every anchor and cell they hold t_x, t_y, t_w, t_h, the logit of there being a face, and those of its
    expressions. With s the logistic function, the face's center is ``(2 s(t) - 0.5 + cell) * stride``, its
    sides are ``(2 s(t))^2 * anchor``. Raises `ModelError` where the model's ``outputs`` do not fit.
    """

    def __init__(
        self, outputs: Mapping[str, tuple[int | None, ...]], spec: DetectionSpec, threshold: float, card: Card
    ) -> None:
        self._labels, self._calibration = card.labels, card.calibration
        self._values = VALUES + len(card.labels)
        shapes = f"'anchors' with {len(spec.anchors[0])} anchors a stride and {len(card.labels)} labels"
        self._places = places(outputs, spec.strides, len(spec.anchors[0]) * self._values, shapes)
        self._anchors = {
            stride: np.array(sides, np.float32)
            for stride, sides in zip(spec.strides, spec.anchors, strict=True)
        }
        self._threshold = logit(threshold)

    def rows(self, outputs: Sequence[Floats], width: int, height: int) -> Floats:
        """The faces, (N, 5 + K), before suppression; see `mien.detectors._rows`."""
        return np.concatenate(
            [self._decoded(outputs[place], stride) for stride, place in self._places.items()]
        )

    def read(self, logits: Floats) -> list[Expression]:
        """The expressions of faces, from (N, K) logits: a softmax at the card's temperature."""
        exact = logits.astype(np.float64) / self._calibration.temperature
        powers = np.exp(exact - exact.max(axis=1, keepdims=True))
        shares = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        unsure = (shares.max(axis=1) < self._calibration.unsure_below).tolist()
        return [Expression(self._labels, row, poor) for row, poor in zip(shares, unsure, strict=True)]

    def _decoded(self, output: Floats, stride: int) -> Floats:
        anchors, columns = self._anchors[stride], output.shape[3]
        maps = output.reshape(len(anchors), self._values, -1)
        # Only what is over the threshold is decoded: a handful out of thousands.
        shape, cell = np.nonzero(maps[:, VALUES - 1] >= self._threshold)
        found = maps[shape, :, cell]  # (N, 5 + K), a copy
        found[:, :VALUES] = sigmoid(found[:, :VALUES])
        corner = np.stack((cell % columns, cell // columns), axis=1)
        center = (2 * found[:, :2] - 0.5 + corner) * stride
        half = (2 * found[:, 2:4]) ** 2 * (anchors[shape] / 2)
        found[:, :2], found[:, 2:4] = center - half, center + half
        return found
