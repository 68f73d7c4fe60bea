"""Given boxes and found ones, as arrays, and which of them meet."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien import geometry
from mien.scenes.base import Scene
from mien.types import Detection, Floats

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """What a scene states: ``boxes`` (N, 4) float32; ``counted`` (N,), false where a box is to be ignored.

    ``masks`` are the N values of the attribute ``mask`` ("" where there is none).
    """

    boxes: Floats
    counted: Flags
    masks: tuple[str, ...]
    source: str
    complete: bool

    @property
    def heights(self) -> Floats:
        """(N,) float32, in pixels."""
        return np.asarray(self.boxes[:, 3] - self.boxes[:, 1], np.float32)


@dataclass(frozen=True, slots=True)
class Found:
    """What a detector found in one picture: ``boxes`` (D, 4) float32, ``scores`` (D,) float32, best first."""

    boxes: Floats
    scores: Floats

    def above(self, score: float) -> "Found":
        """Those whose score is ``score`` or more."""
        keep = self.scores >= np.float32(score)
        return Found(self.boxes[keep], self.scores[keep])


def truth(scene: Scene) -> Truth:
    """The boxes of ``scene`` as arrays."""
    return Truth(
        geometry.as_array([given.box for given in scene.boxes]),
        np.array([not given.ignore for given in scene.boxes], np.bool_),
        tuple(str(given.attributes.get("mask", "")) for given in scene.boxes),
        scene.source,
        scene.boxes_complete,
    )


def as_found(detections: Sequence[Detection]) -> Found:
    """Detections as arrays."""
    scores = np.array([detection.score for detection in detections], np.float32)
    return Found(geometry.as_array([detection.box for detection in detections]), scores)


def within(boxes: Floats, regions: Floats, share: float) -> Flags:
    """(N,): which of ``boxes`` (N, 4) lie in one of ``regions`` (M, 4), by ``share`` or more of their area.

    So COCO matches against a crowd, which is larger than any one face in it. Boxes without area are not.
    """
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2).max(axis=1, initial=0)
    return np.asarray(
        (shared > 0) & (shared >= share * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)), np.bool_
    )


def covered(boxes: Floats, others: Floats, iou: float) -> Flags:
    """(N,): which of ``boxes`` (N, 4) some one of ``others`` (M, 4) overlaps by ``iou`` or more."""
    if not len(boxes) or not len(others):
        return np.zeros(len(boxes), np.bool_)
    return np.asarray(geometry.iou(boxes, others).max(axis=1) >= iou, np.bool_)
