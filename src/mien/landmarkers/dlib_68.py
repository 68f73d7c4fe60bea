"""dlib's 68 points, by an ensemble of regression trees, from the user's own file of weights.

Kazemi and Sullivan, "One millisecond face alignment with an ensemble of regression trees", CVPR 2014.
"""

from pathlib import Path

import numpy as np

from mien import geometry, imageops
from mien.errors import MissingExtra, ModelError
from mien.landmarkers.base import POINTS, Landmarker
from mien.types import Box, Floats, Image

try:
    import dlib
except ImportError as error:
    raise MissingExtra("dlib_68", "dlib") from error

SIDE, SHIFT = 0.8, 0.05
"""From a face's box to what dlib's own detector draws around the same face, as the weights expect."""
TERMS = (
    "dlib's own is shape_predictor_68_face_landmarks.dat, packed as .bz2 at https://dlib.net/files. It was "
    "trained on 300-W, whose licence excludes commercial use: ask Imperial College London before using it "
    "in a product"
)


class Dlib68(Landmarker):
    """The points by dlib's shape predictor; its usual weights (300-W) exclude commercial use.

    ``weights`` is the path of a shape predictor of 68 points (.dat), which mien does not fetch. Raises
    `ModelError` where there is no such file, or it is no such predictor.
    """

    def __init__(self, weights: str) -> None:
        self.weights = Path(weights)
        if not self.weights.is_file():
            raise ModelError(f"No shape predictor at '{weights}'. Give the path of a .dat file: {TERMS}.")
        try:
            self._predictor = dlib.shape_predictor(str(self.weights))
        except RuntimeError as error:
            raise ModelError(f"'{weights}' is no shape predictor of dlib's: {error}. {TERMS}.") from error
        count = self._predictor(np.zeros((8, 8), np.uint8), dlib.rectangle(0, 0, 7, 7)).num_parts
        if count != POINTS:
            raise ModelError(f"'{weights}' finds {count} points, not {POINTS}. {TERMS}.")

    def locate(self, image: Image, box: Box) -> Floats:
        picture = np.ascontiguousarray(imageops.gray(imageops.check(image)))
        shape = self._predictor(picture, rectangle(box))
        points = [(part.x, part.y) for part in shape.parts()]
        return np.array(points, np.float32) + 0.5  # dlib counts from the middle of the first pixel


def rectangle(box: Box) -> "dlib.rectangle":
    """What dlib's own detector would draw around the face in ``box``: a square from the brows to the chin.

    The medians over 320 faces: its side is `SIDE` of the box's longer one, its middle lower by `SHIFT` of the
    box's height. Raises `BadOption` for a box that is NaN or infinite.
    """
    geometry.finite(box)
    side = max(box.width, box.height) * SIDE
    x, y = box.center
    left, top = x - side / 2, y + box.height * SHIFT - side / 2
    return dlib.rectangle(*(round(value) for value in (left, top, left + side - 1, top + side - 1)))
