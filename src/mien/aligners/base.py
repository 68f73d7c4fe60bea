"""What every way of turning a face upright keeps to."""

from abc import ABC, abstractmethod

from mien.artifact import CropSpec
from mien.types import Box, Floats, Image


class Aligner(ABC):
    """Cuts a face for a classifier. One object may be called from several threads at once."""

    @abstractmethod
    def cut(self, image: Image, box: Box, points: Floats | None, spec: CropSpec) -> Image:
        """The square that ``spec`` states around ``box``, turned so that the face stands upright.

        ``image`` is (H, W, 3) BGR or (H, W) gray, uint8; ``points`` are a detector's (5, 2) float32 in its
        pixels (of the 68: `mien.landmarks68.five_points`); without them the face is cut as it is. Raises
        `BadOption` for what is no picture, for a box that is NaN or infinite, and for other points.
        """


PLUGIN = Aligner
