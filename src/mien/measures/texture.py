"""Texture of the facial regions in few numbers: histograms that do not change when the texture is turned."""

from typing import ClassVar

import numpy as np

from mien.measures import _lbp
from mien.measures.base import Measure
from mien.types import Face, Frame


class FaceTexture(Measure):
    """Ten shares per region: rotation-invariant uniform local binary patterns (Ojala et al., 2002).

    Bins 0 to 8 count the brighter neighbours of a pixel (0: a bright spot, 4: an edge, 8: a dark spot or flat
    ground), bin 9 holds all patterns that are not uniform.
    """

    columns: ClassVar[tuple[str, ...]] = _lbp.columns("lbp", _lbp.INVARIANT)
    needs_landmarks: ClassVar[bool] = True

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        if face.landmarks is None or not np.isfinite(face.landmarks).all():
            return (float("nan"),) * len(self.columns)
        return tuple(_lbp.histograms(frame.image, face.landmarks, _lbp.INVARIANT).ravel().tolist())
