"""Places that a detector takes for faces and that are none: hands, ears, lamps, lettering.

Looking there teaches more than chance pictures without faces do (bootstrapping: Sung and Poggio, 1998;
hard negatives: Felzenszwalb et al., 2010, section 4.4).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mien import cache, geometry, registry
from mien.detectors.base import Detector
from mien.training.detection.faces import Faces
from mien.training.detection.pictures import Pictures
from mien.types import Floats

LOWEST = 0.35
"""The score from which a place may be taken for a face."""
TOUCHED = 0.1
"""Up to this share of a place may lie in the box of a face: beyond, it is a bad box of that face."""


def mined(pictures: Pictures, name: str) -> Pictures:
    """``pictures`` with the places that the detector ``name`` takes for faces where none is known.

    Found once and kept in the cache.
    """
    detector: Detector = registry.load("detectors", name, score_threshold=LOWEST)
    key = cache.key(name, detector.weights, pictures.path.name)
    kept = cache.arrays(f"mined/{key}", lambda: _find(pictures, detector))
    places = np.split(kept["boxes"], np.cumsum(kept["counts"])[:-1])
    return replace(pictures, mined=tuple(places))


def _find(pictures: Pictures, detector: Detector) -> cache.Arrays:
    """``boxes`` (N, 4) float32 x1, y1, x2, y2 in pixels; ``counts``: so many are a picture's."""
    album = pictures.open()
    found = []
    for index, faces in enumerate(pictures.faces):
        boxes = geometry.as_array([each.box for each in detector.detect(album.image(index))])
        found.append(boxes[~_touched(boxes, faces)])
    return {"boxes": np.concatenate(found), "counts": np.array([len(boxes) for boxes in found])}


def _touched(boxes: Floats, faces: Faces) -> npt.NDArray[np.bool_]:
    """Which of ``boxes`` (N, 4) lie on a known face."""
    low = np.maximum(boxes[:, None, :2], faces.boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], faces.boxes[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    touched: npt.NDArray[np.bool_] = (shared > TOUCHED * area[:, None]).any(axis=1)
    return touched
