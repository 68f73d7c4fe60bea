"""OpenCV's Haar cascade for frontal faces (Viola and Jones, CVPR 2001): no download, upright faces only."""

import math
import threading
from pathlib import Path

import cv2
import numpy as np

from mien import imageops
from mien.detectors import _options
from mien.detectors.base import Detector
from mien.errors import ModelError
from mien.types import Box, Detection, Image

_CASCADE = "haarcascade_frontalface_default.xml"
_WINDOW = 24
"""Side of the cascade's smallest window, in pixels."""
_STEPS = (1.01, 4.0)
"""Bounds of ``scale_factor``; OpenCV's search does not end where it is infinite."""
# The cascade marks a square with room beside the cheeks. Against YuNet's tight boxes on 379 portraits found
# by both, the medians were: centre lower by 3 % of the side, width 88 %, height 105 % of it.
_SHIFT_Y, _WIDTH, _HEIGHT = 0.03, 0.88, 1.05
# The sum of the last stage was about 6.3 for those faces and 4.7 for false ones, 2 to 3 apart within each.
_MIDDLE, _SPREAD = 4.0, 1.5


class Haar(Detector):
    """Finds upright, frontal faces, on a reduced picture.

    ``long_side``: pixels to which the picture's longer side is reduced. ``scale_factor``: step between the
    sizes searched (1.01 to 4; nearer to 1 finds more and takes longer). ``min_neighbors``: overlapping hits
    that make a face. ``min_size``: smallest face as a share of the longer side.
    """

    def __init__(
        self,
        long_side: int = 320,
        scale_factor: float = 1.15,
        min_neighbors: int = 5,
        min_size: float = 0.09,
    ) -> None:
        _options.at_least(_WINDOW, "haar", long_side=long_side)
        _options.within(*_STEPS, "haar", scale_factor=scale_factor)
        _options.at_least(0, "haar", min_neighbors=min_neighbors)
        _options.shares("haar", min_size=min_size)
        self._long_side = long_side
        self._scale_factor = scale_factor
        self._min_neighbors = min_neighbors
        self._min_size = min_size
        self._local = threading.local()
        self.weights = _file()
        self._cascade()

    def _find(self, image: Image) -> list[Detection]:
        gray = imageops.gray(image)
        height, width = gray.shape
        scale = min(self._long_side / max(height, width), 1.0)
        small = imageops.resize(gray, max(round(width * scale), 1), max(round(height * scale), 1))
        if min(small.shape) < _WINDOW:
            return []
        smallest = max(round(self._min_size * max(small.shape)), _WINDOW)
        squares, _, weights = self._cascade().detectMultiScale3(
            small,
            self._scale_factor,
            self._min_neighbors,
            minSize=(smallest, smallest),
            outputRejectLevels=True,
        )
        found = [
            Detection(_tight(square, scale), _score(weight))
            for square, weight in zip(
                np.reshape(squares, (-1, 4)).tolist(), np.ravel(weights).tolist(), strict=True
            )
        ]
        return sorted(found, key=lambda detection: -detection.score)

    def _cascade(self) -> cv2.CascadeClassifier:
        """One per thread: a cascade keeps buffers between calls, and two callers would mix them up."""
        if not hasattr(self._local, "cascade"):
            self._local.cascade = _load()
        cascade: cv2.CascadeClassifier = self._local.cascade
        return cascade


def _file() -> Path:
    folder = getattr(getattr(cv2, "data", None), "haarcascades", None)
    if folder is None or not hasattr(cv2, "CascadeClassifier"):
        raise ModelError(
            f"OpenCV {cv2.__version__} has no Haar cascades. Install opencv-python-headless>=4.10,<5."
        )
    return Path(folder) / _CASCADE


def _load() -> cv2.CascadeClassifier:
    path = _file()
    cascade = cv2.CascadeClassifier()
    try:
        # Through the text, because OpenCV opens no path with characters outside the system's code page.
        storage = cv2.FileStorage(path.read_text("utf-8"), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        whole = cascade.read(storage.getFirstTopLevelNode())
    except (OSError, cv2.error, SystemError) as error:  # the last is how a constructor of OpenCV fails
        raise ModelError(
            f"OpenCV cannot read '{path}': {error}. Install opencv-python-headless again."
        ) from error
    if not whole:
        raise ModelError(f"'{path}' holds no cascade. Install opencv-python-headless again.")
    return cascade


def _tight(square: list[float], scale: float) -> Box:
    left, top, width, height = square
    x, y = left + width / 2, top + height * (0.5 + _SHIFT_Y)
    half_w, half_h = width * _WIDTH / 2, height * _HEIGHT / 2
    return Box((x - half_w) / scale, (y - half_h) / scale, (x + half_w) / scale, (y + half_h) / scale)


def _score(weight: float) -> float:
    """The last stage's sum as a value in (0, 1), by a logistic curve."""
    return 1 / (1 + math.exp(-(weight - _MIDDLE) / _SPREAD))
