"""dlib's frontal face detector: histograms of oriented gradients and a linear classifier, near-upright faces.

Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005; King, "Max-Margin Object
Detection", 2015.
"""

import math
import threading
from typing import Any

from mien import imageops
from mien.detectors import _options
from mien.detectors.base import Detector
from mien.errors import MissingExtra
from mien.types import Box, Detection, Image

try:
    import dlib
except ImportError as error:
    raise MissingExtra("The detector dlib_hog", "dlib") from error

_WINDOW = 80
"""Side of the smallest face that it knows, in pixels."""
_MOST_ENLARGED = 2
# It marks a square. Against YuNet's tight boxes on 811 faces found by both, the medians were: centre higher
# by 6 % of the side (quartiles 0 and 10), width 90 % (83 and 97), height 117 % (108 and 128) of it.
_SHIFT_Y, _WIDTH, _HEIGHT = -0.06, 0.90, 1.17
# Of the hits on 1,029 photographs, the share that were faces by their sum: 13 % at -0.9, 60 % at -0.55,
# 80 % at -0.4, 91 % at -0.2, 95 % at 0, and all but one of 1,071 over 0.1. The curve gives 0.6 there, where
# the other detectors' threshold lies, and 0.98 at 2, which few faces surpass.
_MIDDLE, _SPREAD = -0.1, 0.5
_LEAST = 1e-6


class DlibHog(Detector):
    """Finds frontal faces that stand nearly upright, on a reduced picture.

    ``long_side``: pixels to which the picture's longer side is reduced. ``upsample``: how often it is then
    doubled, which halves the smallest face found (80 pixels of the reduced picture) and takes four times as
    long. ``score_threshold`` is the lowest score kept, in [0, 1].
    """

    def __init__(self, long_side: int = 640, upsample: int = 1, score_threshold: float = 0.6) -> None:
        _options.at_least(_WINDOW, "dlib_hog", long_side=long_side)
        _options.within(0, _MOST_ENLARGED, "dlib_hog", upsample=upsample)
        _options.shares("dlib_hog", score_threshold=score_threshold)
        self._long_side, self._upsample = long_side, upsample
        self._threshold = _sum(score_threshold)
        self._local = threading.local()
        self._detector()

    def _find(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        scale = min(self._long_side / max(height, width), 1.0)
        small = imageops.resize(image, max(round(width * scale), 1), max(round(height * scale), 1))
        # Without colour it finds the same faces in three quarters of the time.
        squares, sums, _ = self._detector().run(imageops.gray(small), self._upsample, self._threshold)
        found = [
            Detection(_tight(square, scale), _score(value))
            for square, value in zip(squares, sums, strict=True)
        ]
        return sorted(found, key=lambda detection: -detection.score)

    def _detector(self) -> Any:
        """One per thread: it keeps buffers between calls."""
        if not hasattr(self._local, "detector"):
            self._local.detector = dlib.get_frontal_face_detector()
        return self._local.detector


def _tight(square: Any, scale: float) -> Box:
    side = square.width()
    x, y = square.left() + side / 2, square.top() + square.height() / 2 + _SHIFT_Y * side
    half_w, half_h = side * _WIDTH / 2, side * _HEIGHT / 2
    return Box((x - half_w) / scale, (y - half_h) / scale, (x + half_w) / scale, (y + half_h) / scale)


def _score(value: float) -> float:
    """The classifier's sum as a value in (0, 1), by a logistic curve."""
    return 1 / (1 + math.exp(-(value - _MIDDLE) / _SPREAD))


def _sum(score: float) -> float:
    """The inverse of `_score`, finite at 0 and 1."""
    score = min(max(score, _LEAST), 1 - _LEAST)
    return _MIDDLE + _SPREAD * math.log(score / (1 - score))
