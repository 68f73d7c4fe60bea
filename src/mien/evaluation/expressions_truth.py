"""The faces that a scene states with their expressions, as arrays."""

from dataclasses import dataclass, replace

import numpy as np

from mien import geometry
from mien.evaluation.detection_truth import Flags, Found, Truth, within
from mien.evaluation.expressions_matching import Ints
from mien.evaluation.expressions_readers import Read
from mien.labels import FER7
from mien.scenes.base import Scene
from mien.types import Floats

UNKNOWN, IGNORED = -1, -2


@dataclass(frozen=True, slots=True)
class Stated:
    """What a scene states: ``boxes`` (G, 4) float32, ``classes`` (G,): places in `FER7`, `UNKNOWN` for a face
    without an expression, `IGNORED` for what is neither right nor wrong to find."""

    boxes: Floats
    classes: Ints
    source: str
    complete: bool

    @property
    def heights(self) -> Floats:
        """(G,) in pixels."""
        return np.asarray(self.boxes[:, 3] - self.boxes[:, 1], np.float32)

    def only(self, keep: Flags) -> "Stated":
        """Some of its boxes."""
        return replace(self, boxes=self.boxes[keep], classes=self.classes[keep])


def stated(scene: Scene) -> Stated:
    """The boxes of ``scene`` as arrays."""
    known = {label: place for place, label in enumerate(FER7)}
    classes = [IGNORED if given.ignore else known.get(given.category, UNKNOWN) for given in scene.boxes]
    boxes = geometry.as_array([given.box for given in scene.boxes])
    return Stated(boxes, np.array(classes, np.int64), scene.source, scene.boxes_complete)


def counting(truth: Stated, read: Read, lowest: int, iou: float) -> tuple[Stated, Read]:
    """Both without the faces whose class is under ``lowest``, and without what was found on such a face.

    With 0, faces of unknown expression are left out; with `UNKNOWN`, only those to be ignored. A box is on a
    face at an overlap of ``iou``, and on a place to be ignored with that share of its own area.
    """
    out = truth.classes < lowest
    if not out.any():
        return truth, read
    ignored = truth.classes == IGNORED
    overlap = geometry.iou(read.boxes, truth.boxes) * ~ignored
    on_face = overlap.max(axis=1) >= iou
    on_out = np.where(on_face, out[overlap.argmax(axis=1)], within(read.boxes, truth.boxes[ignored], iou))
    return truth.only(~out), read.only(~on_out)


def of_class(truth: Stated, read: Read, place: int) -> tuple[Truth, Found]:
    """Both as seen by who looks for the ``place``-th expression alone; every box stands in every list."""
    boxes = truth.boxes[truth.classes == place]
    return as_truth(boxes, truth), Found(read.boxes, read.expressed[:, place])


def as_truth(boxes: Floats, truth: Stated) -> Truth:
    """``boxes`` of ``truth``, all to be found."""
    return Truth(boxes, np.ones(len(boxes), np.bool_), ("",) * len(boxes), truth.source, truth.complete)
