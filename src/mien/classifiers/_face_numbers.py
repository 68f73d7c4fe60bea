"""What the `geometry` classifier sees of a face: measures of its points, and its texture."""

from collections.abc import Callable, Sequence

import numpy as np

from mien import imageops
from mien.artifact import CropSpec, InputSpec
from mien.measures import _lbp
from mien.measures.geometry import FaceGeometry, geometry
from mien.types import Box, Floats, Image

Locate = Callable[[Image, Box], Floats]
"""`mien.landmarkers.base.Landmarker.locate`."""
COUNT = len(FaceGeometry.columns) + len(_lbp.columns("", _lbp.ORIENTED))
"""Numbers per face: 14 of its shape, 354 of its texture."""


class FaceNumbers:
    """Turns crops into numbers, the same for training and at run time.

    Crops are brought to the size and colour of ``spec``, and ``locate`` looks for the 68 points where
    ``crop`` says that the face lies in them.
    """

    def __init__(self, locate: Locate, spec: InputSpec, crop: CropSpec) -> None:
        self._locate, self._spec = locate, spec
        self._box = face_box(spec, crop)

    def __call__(self, crops: Sequence[Image] | Image) -> Floats:
        """(N, COUNT) float32 of N uint8 crops, gray (H, W) or BGR (H, W, 3), any size.

        NaN stands for what cannot be told. One face at a time, since a texture may jump when its points move
        by the rounding of a batch.
        """
        rows = [self._row(crop) for crop in crops]
        return np.stack(rows) if rows else np.empty((0, COUNT), np.float32)

    def _row(self, crop: Image) -> Floats:
        plain = imageops.gray(crop) if self._spec.colour == "gray" else crop
        image = imageops.bgr(imageops.resize(plain, self._spec.width, self._spec.height))
        points = self._locate(image, self._box)
        if not np.isfinite(points).all():
            return np.full(COUNT, np.nan, np.float32)
        # The root makes distances of histograms those of Hellinger: large bins no longer drown the small.
        texture = np.sqrt(_lbp.histograms(image, points, _lbp.ORIENTED))
        return np.concatenate([geometry(points), texture.ravel()])


def face_box(spec: InputSpec, crop: CropSpec) -> Box:
    """Where a face's box lies in a picture of the size of ``spec`` that was cut by ``crop``: the way back of
    `mien.prepare.crop` for a square box."""
    width, height = spec.width / crop.scale, spec.height / crop.scale
    x, y = spec.width / 2, spec.height / 2 - crop.shift_y * height
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
