"""What every way of turning a face upright keeps to."""

from abc import ABC, abstractmethod

from mien.artifact import CropSpec
from mien.types import Box, Floats, Image


class Aligner(ABC):
    """Cuts a face for a classifier. One object may be called from several threads at once."""

    @abstractmethod
    def cut(self, image: Image, box: Box, points: Floats | None, spec: CropSpec) -> Image:
        """The square that ``spec`` states around ``box``, turned so that the face stands upright.

        ``image`` is (H, W, 3) uint8 BGR, ``points`` the detector's (5, 2) float32 in its pixels; without
        them the face is cut as it is.
        """


PLUGIN = Aligner
