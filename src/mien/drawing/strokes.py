"""Fine white strokes and dots with a soft dark rim: finer than a pixel, and legible on any ground.

They are painted enlarged on a small sheet, made smaller by area, and laid over the picture. OpenCV's own
anti-aliasing knows no line thinner than a pixel, which is thick on the face of a webcam.
"""

import math
from typing import Self

import cv2
import numpy as np

from mien.types import Floats, Image

_SHIFT = 4
"""OpenCV takes fixed-point coordinates: sixteenths of a pixel."""
_SCALES = ((240, 4), (700, 2))
"""How much a sheet is enlarged whose longer side is so many pixels at most: time grows with its square."""
_RIM = 150
_LINE = 215
"""Coverage, of 255, by rims and by lines; dots cover all."""


class Strokes:
    """A sheet over the part of a picture that ``places`` (N, 2) take, in pixels, with ``margin`` around."""

    def __init__(self, picture: Image, places: Floats, margin: float) -> None:
        left, top = (max(math.floor(low - margin), 0) for low in places.min(axis=0).tolist())
        right, bottom = (math.ceil(high + margin) for high in places.max(axis=0).tolist())
        self._region = picture[top : max(bottom, 0), left : max(right, 0)]
        self._corner = np.array((left, top), np.float32)
        side = max(right - left, bottom - top)
        self._scale = next((scale for most, scale in _SCALES if side <= most), 1)
        size = tuple(max(side * self._scale, 1) for side in self._region.shape[:2])  # OpenCV refuses none
        self._rim, self._ink = np.zeros(size, np.uint8), np.zeros(size, np.uint8)

    def line(self, places: Floats, width: float, rim: float, *, closed: bool = False) -> Self:
        """A line through ``places`` (N, 2), ``width`` pixels wide, and its rim on either side."""
        corners = [self._fixed(places)]
        for sheet, wide, cover in ((self._rim, width + 2 * rim, _RIM), (self._ink, width, _LINE)):
            thick = max(round(wide * self._scale), 1)
            cv2.polylines(sheet, corners, closed, cover, thick, cv2.LINE_AA, _SHIFT)
        return self

    def dots(self, places: Floats, radius: float, rim: float) -> Self:
        """A dot on each of ``places`` (N, 2)."""
        for sheet, reach, cover in ((self._rim, radius + rim, _RIM), (self._ink, radius, 255)):
            size = round(reach * self._scale * (1 << _SHIFT))
            for x, y in self._fixed(places).tolist():
                cv2.circle(sheet, (x, y), size, cover, cv2.FILLED, cv2.LINE_AA, _SHIFT)
        return self

    def lay(self) -> None:
        """Put the sheet on the picture."""
        if not self._region.size:
            return
        rim, ink = self._small(self._rim), self._small(self._ink)
        kept = cv2.multiply(255 - rim, 255 - ink, scale=1 / 255)
        dimmed = cv2.multiply(self._region, cv2.merge([kept] * 3), scale=1 / 255)
        cv2.add(dimmed, cv2.merge([ink] * 3), dst=dimmed)
        self._region[:] = dimmed

    def _small(self, sheet: Image) -> Image:
        height, width = self._region.shape[:2]
        if self._scale == 1:
            return sheet
        return np.asarray(cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def _fixed(self, places: Floats) -> "np.ndarray[tuple[int, int], np.dtype[np.int32]]":
        """OpenCV counts from the centre of a pixel, points from its corner."""
        enlarged = (places - self._corner) * self._scale - 0.5
        return np.round(enlarged * (1 << _SHIFT)).astype(np.int32)
