"""From a picture to the square that is kept of it."""

import cv2
import numpy as np

from mien import imageops, prepare, registry
from mien.artifact import CropSpec
from mien.detectors.base import Detector
from mien.types import Box, Image

TURNS: dict[str, int] = {"right": cv2.ROTATE_90_CLOCKWISE, "left": cv2.ROTATE_90_COUNTERCLOCKWISE}


class Cutter:
    """Cuts a square of ``side`` pixels out of a picture, gray or (``colour``) BGR.

    Around the box that the set states, else around the largest face that ``detector`` finds, else the whole
    picture; the square is ``scale`` times the box's longer side, and what leaves the picture repeats its
    border, as at run time (`mien.prepare.crop`). ``turn``: look for a face in the picture turned by a
    quarter, too, where there is none upright.
    """

    def __init__(self, side: int, colour: bool, detector: str, scale: float, turn: bool = False) -> None:
        self._side, self._colour, self._scale, self._turn = side, colour, scale, turn
        self._detector: Detector | None = registry.load("detectors", detector) if detector else None

    @property
    def size(self) -> int:
        """Bytes of a square."""
        return self._side**2 * (3 if self._colour else 1)

    def room(self, count: int) -> Image:
        """An array for ``count`` squares."""
        return np.empty((count, self._side, self._side, *([3] if self._colour else [])), np.uint8)

    def cut(self, image: Image, box: Box | None) -> Image | None:
        """(side, side) or (side, side, 3) uint8 out of ``image`` (H, W, 3); None where it shows no face."""
        spec = CropSpec(self._scale)
        if box is None and self._detector is None:
            box, spec = Box(0, 0, image.shape[1], image.shape[0]), CropSpec()
        if box is None:
            image, box = self._face(image)
        if box is None:
            return None
        square = prepare.crop(image, box, spec)
        shaded = imageops.bgr(square) if self._colour else imageops.gray(square)
        return imageops.resize(shaded, self._side, self._side)

    def _face(self, image: Image) -> tuple[Image, Box | None]:
        """The picture, turned if that helps, and the box of its largest face."""
        box = self._largest(image)
        for turn in TURNS.values() if self._turn and box is None else ():
            turned = np.asarray(cv2.rotate(image, turn), np.uint8)
            box = self._largest(turned)
            if box is not None:
                return turned, box
        return image, box

    def _largest(self, image: Image) -> Box | None:
        found = self._detector.detect(image) if self._detector else []
        return max((detection.box for detection in found), key=lambda box: box.area, default=None)
