"""No alignment: a face is cut as it stands."""

from mien import imageops, prepare
from mien.aligners.base import Aligner
from mien.artifact import CropSpec
from mien.types import Box, Floats, Image


class NoAlignment(Aligner):
    """The square of the card around the box, straight from the picture."""

    def cut(self, image: Image, box: Box, points: Floats | None, spec: CropSpec) -> Image:
        return prepare.crop(imageops.check(image), box, spec)
