"""Boxes and scores in two outputs, as UltraFace gives them: a fixed list of places, already decoded."""

from collections.abc import Mapping, Sequence

import numpy as np

from mien.artifact import Card, DetectionSpec
from mien.errors import ModelError
from mien.types import Floats


class BoxesScores:
    """Reads scores (1, N, 2), of background and face, and boxes (1, N, 4): x1, y1, x2, y2 as shares of the
    input's width and height.

    ``outputs`` are the model's names and shapes; which is which shows in the last dimension. Raises
    `ModelError` where they do not fit.
    """

    def __init__(
        self, outputs: Mapping[str, tuple[int | None, ...]], spec: DetectionSpec, threshold: float, card: Card
    ) -> None:
        ends = [shape[-1] if len(shape) == 3 else None for shape in outputs.values()]
        if sorted(end or 0 for end in ends) != [2, 4]:
            raise ModelError(
                f"it gives {outputs}, but layout = 'boxes_scores' expects scores (1, N, 2), boxes (1, N, 4)"
            )
        self._scores, self._boxes = ends.index(2), ends.index(4)
        self._threshold = threshold

    def rows(self, outputs: Sequence[Floats], width: int, height: int) -> Floats:
        """The faces, (N, 5), before suppression; see `mien.detectors._rows`."""
        scores = outputs[self._scores][0, :, 1]
        places = np.flatnonzero(scores >= self._threshold)
        boxes = outputs[self._boxes][0, places] * np.array((width, height) * 2, np.float32)
        return np.concatenate((boxes, np.clip(scores[places, None], 0, 1)), axis=1)
