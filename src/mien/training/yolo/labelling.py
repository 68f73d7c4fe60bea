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
    bare = [scene for scene in scenes if not (scene.boxes_complete or scene.boxes)]
    detector: Detector = registry.load("detectors", name, score_threshold=DOUBTED)
    paths = [path for path in (detector.weights, *(scene.path for scene in bare)) if path is not None]
    kept = cache.arrays(f"labelled/{cache.key(name, *paths)}", lambda: _find(detector, bare))
    starts = np.cumsum(kept["counts"]) - kept["counts"]
    found = {
        id(scene): _given(kept["rows"][start : start + count])
        for scene, start, count in zip(bare, starts, kept["counts"], strict=True)
    }
    return tuple(_with(scene, found.get(id(scene), ())) for scene in scenes)


def _with(scene: Scene, boxes: tuple[GivenBox, ...]) -> Scene:
    return replace(scene, boxes=boxes, boxes_complete=True) if boxes else scene


def _find(detector: Detector, scenes: Sequence[Scene]) -> dict[str, Floats]:
    """``rows`` (N, 5) float32, x1, y1, x2, y2 in pixels and the score; ``counts``: so many are a scene's."""
    found = [detector.detect(scene.image()) for scene in scenes]
    boxes = geometry.as_array([each.box for one in found for each in one])
    scores = np.array([[each.score] for one in found for each in one], np.float32).reshape(-1, 1)
    return {"rows": np.hstack((boxes, scores)), "counts": np.array([len(one) for one in found])}


def _given(rows: Floats) -> tuple[GivenBox, ...]:
    return tuple(GivenBox(Box(*map(float, row[:4])), ignore=bool(row[4] < SURE)) for row in rows)
