"""What every method for facial points keeps to.

A trained model needs no code: an ``.onnx`` file with a card of the task "landmarks" is run by
`mien.landmarkers.onnx`. To add another kind of method: a new file here with one subclass of `Landmarker`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mien.types import Box, Floats, Image

POINTS = 68
"""In the order of iBUG 300-W (Sagonas et al., "300 faces in-the-wild challenge", 2013)."""


class Landmarker(ABC):
    """Finds the 68 points of a face. One object may be called from several threads at once."""

    weights: Path | None = None
    """The file of its model, where it has one: the record of a run states it with its SHA-256."""

    @abstractmethod
    def locate(self, image: Image, box: Box) -> Floats:
        """(68, 2) float32: x and y in pixels of ``image`` (H, W, 3) uint8 BGR, of the face in ``box``.

        ``box`` is tight around the face, as detectors give it. Points may lie outside the picture. Raises
        `BadOption` for what is no picture, and for a box that is NaN or infinite.
        """

    def locate_all(self, image: Image, boxes: Sequence[Box]) -> Floats:
        """(N, 68, 2) float32 for N ``boxes``; methods that can look at several at once override it."""
        found = [self.locate(image, box) for box in boxes]
        return np.stack(found) if found else np.empty((0, POINTS, 2), np.float32)


PLUGIN = Landmarker
