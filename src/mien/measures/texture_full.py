"""Texture of the facial regions in full: histograms that tell a texture's direction too."""

from typing import ClassVar

import numpy as np

from mien.measures import _lbp
from mien.measures.base import Measure
from mien.types import Face, Frame


class FullFaceTexture(Measure):
    """59 shares per region: uniform local binary patterns (Ojala et al., 2002), by value, then all others."""

    columns: ClassVar[tuple[str, ...]] = _lbp.columns("lbp59", _lbp.ORIENTED)
    needs_landmarks: ClassVar[bool] = True

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        if face.landmarks is None or not np.isfinite(face.landmarks).all():
            return (float("nan"),) * len(self.columns)
        return tuple(_lbp.histograms(frame.image, face.landmarks, _lbp.ORIENTED).ravel().tolist())
