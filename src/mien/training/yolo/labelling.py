"""Faces of pictures that nobody boxed, as a trained detector finds them: learnt without an expression."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mien import cache, geometry, registry
from mien.detectors.base import Detector
from mien.scenes.base import GivenBox, Scene
from mien.types import Box, Floats

SURE, DOUBTED = 0.6, 0.3
"""Scores from which something is a face, and from which it may be one: neither face nor ground."""


def labelled(scenes: Sequence[Scene], name: str) -> tuple[Scene, ...]:
    """``scenes``; those whose faces nobody boxed have the boxes that the detector ``name`` gives.

    Found once and kept in the cache. A picture without a find stays one whose faces are not boxed: that the
    detector sees none does not mean that there is none.
    """
    bare = [scene for scene in scenes if _is_bare(scene)]
    detector: Detector = registry.load("detectors", name, score_threshold=DOUBTED)
    paths = [path for path in (detector.weights, *(scene.path for scene in bare)) if path is not None]
    kept = cache.arrays(f"labelled/{cache.key(name, *paths)}", lambda: _find(detector, bare))
    found = iter(np.split(kept["rows"], np.cumsum(kept["counts"])[:-1]))
    return tuple(_with(scene, next(found)) if _is_bare(scene) else scene for scene in scenes)


def _is_bare(scene: Scene) -> bool:
    return not (scene.boxes_complete or scene.boxes)


def _with(scene: Scene, rows: Floats) -> Scene:
    return replace(scene, boxes=_given(rows), boxes_complete=True) if len(rows) else scene


def _find(detector: Detector, scenes: Sequence[Scene]) -> cache.Arrays:
    """``rows`` (N, 5) float32, x1, y1, x2, y2 in pixels and the score; ``counts``: so many are a scene's."""
    found = [detector.detect(scene.image()) for scene in scenes]
    boxes = geometry.as_array([each.box for one in found for each in one])
    scores = np.array([[each.score] for one in found for each in one], np.float32).reshape(-1, 1)
    return {"rows": np.hstack((boxes, scores)), "counts": np.array([len(one) for one in found])}


def _given(rows: Floats) -> tuple[GivenBox, ...]:
    return tuple(GivenBox(Box(*map(float, row[:4])), ignore=bool(row[4] < SURE)) for row in rows)
