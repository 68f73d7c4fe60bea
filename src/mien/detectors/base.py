"""What every face detector keeps to.

To add one: a new file in this folder with one subclass of `Detector`. Its stem is the name that people
type, its constructor's typed arguments are its options, and ``tests/contracts`` tests it from then on.
"""

from abc import ABC, abstractmethod
from pathlib import Path

from mien.types import Detection, Image


class Detector(ABC):
    """Finds faces. One object may be called from several threads at once and keeps nothing between calls.

    Boxes follow one convention, whatever the method: tight around the face, from the hairline's lower edge
    to the chin and from cheek to cheek; a method that draws other boxes converts them. So one crop rule
    fits all.
    """

    weights: Path | None = None
    """The file of its model, where it has one: the record of a run states it with its SHA-256."""

    @abstractmethod
    def detect(self, image: Image) -> list[Detection]:
        """Faces in ``image`` (H, W, 3) uint8 BGR, best score first; an empty list when there is none."""


PLUGIN = Detector
