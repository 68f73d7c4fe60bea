"""From a picture to faces with expressions: by a detector that reads them, or by one and a classifier."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien import geometry, registry, stages
from mien.aligners.base import Aligner
from mien.classifiers.base import Classifier
from mien.config import AnalyzerOptions
from mien.detectors.base import Detector
from mien.errors import BadOption
from mien.evaluation.detection_candidates import has_option
from mien.labels import FER7
from mien.types import Box, Detection, Face, Floats, Image

LOWEST = 0.01
"""Detections of this score and more are asked for: the curve of precision and recall needs the weak ones."""
AND = "+"
"""Between the names of a detector and of the classifier that reads its faces."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was seen in one picture, best score first.

    ``boxes`` (N, 4) in pixels, ``scores`` (N,) of there being a face, ``probabilities`` (N, 7) in the order
    of `FER7`; float32.
    """

    boxes: Floats
    scores: Floats
    probabilities: Floats

    @property
    def expressed(self) -> Floats:
        """(N, 7): how sure it is that there is a face with each expression: score times probability."""
        return self.scores[:, None] * self.probabilities

    def only(self, keep: Any) -> "Read":
        """Some of them, as an index or flags choose."""
        return Read(self.boxes[keep], self.scores[keep], self.probabilities[keep])


class Reader(ABC):
    """One way, as it is ``written``. ``use`` is the detector as it is in use, not down to `LOWEST`."""

    stages: int
    labels: tuple[str, ...]

    def __init__(self, written: str, detector: str, options: dict[str, Any]) -> None:
        self.written = written
        known = {name: value for name, value in options.items() if has_option(detector, name)}
        self.use: Detector = registry.load("detectors", detector, **known)
        low = "score_threshold" in registry.parse(detector)[1] or not has_option(detector, "score_threshold")
        wanted = known if low else {**known, "score_threshold": LOWEST}
        self.detector: Detector = registry.load("detectors", detector, **wanted)
        self.note = "gives no weak detections, so its mAP is a lower bound" if low else ""

    def read(self, image: Image) -> Read:
        """Everything that it sees in ``image`` (H, W, 3) uint8 BGR, down to the score `LOWEST`."""
        found = self.detector.detect(image)
        boxes = geometry.as_array([face.box for face in found])
        scores = np.array([face.score for face in found], np.float32)
        return Read(boxes, scores, ordered(self.probabilities(image, found), self.labels))

    @abstractmethod
    def probabilities(self, image: Image, found: Sequence[Detection]) -> Floats:
        """(N, K) of the faces ``found`` in ``image``, columns as `labels`."""

    @abstractmethod
    def frame(self, image: Image, boxes: Sequence[Box]) -> None:
        """What one frame takes in use, with faces at ``boxes``: for measuring the time."""


class OneStage(Reader):
    """A detector that reads expressions itself."""

    stages = 1

    def __init__(self, written: str, options: dict[str, Any]) -> None:
        super().__init__(written, written, options)
        self.labels = self.detector.labels
        if not self.labels:
            raise BadOption(
                f"{written} reads no expressions itself. Name a classifier with it, as {written}{AND}"
                f"mini_xception, or a detector that does."
            )

    def probabilities(self, image: Image, found: Sequence[Detection]) -> Floats:
        rows = [face.expression.probabilities for face in found if face.expression is not None]
        return np.array(rows, np.float32).reshape(-1, len(self.labels))

    def frame(self, image: Image, boxes: Sequence[Box]) -> None:
        self.use.detect(image)


class TwoStages(Reader):
    """A detector, and a classifier that reads its faces, turned upright as the pipeline does."""

    stages = 2

    def __init__(self, written: str, detector: str, classifier: str, options: dict[str, Any]) -> None:
        super().__init__(written, detector, options)
        self._aligner: Aligner = registry.load("aligners", AnalyzerOptions().aligner)
        self._classifier: Classifier = registry.load("classifiers", classifier)
        self.labels = self._classifier.labels

    def probabilities(self, image: Image, found: Sequence[Detection]) -> Floats:
        faces = [Face(each.box, each.score, each.points) for each in found]
        return self._classifier.predict(
            [stages.cut(self._aligner, self._classifier, image, face) for face in faces]
        )

    def frame(self, image: Image, boxes: Sequence[Box]) -> None:
        self.use.detect(image)
        self.probabilities(image, [Detection(box, 1.0) for box in boxes])


def build(written: Sequence[str], long_side: int = 0) -> list[Reader]:
    """One reader per name: a detector's, or ``detector+classifier``, each with options as ``NAME:key=value``.

    ``long_side``, where not 0, goes to the detectors that have such an option. Raises `BadOption` for none,
    for one named twice, and for a detector alone that reads no expressions.
    """
    if not written or len(set(written)) < len(written):
        raise BadOption(f"Readers given: {', '.join(written) or 'none'}. Give one or more, each once.")
    return [_reader(text, {"long_side": long_side} if long_side else {}) for text in written]


def ordered(probabilities: Floats, labels: Sequence[str]) -> Floats:
    """(N, 7) in the order of `FER7`: what else a model tells apart is left out, what it lacks is 0."""
    rows = np.zeros((len(probabilities), len(FER7)), np.float32)
    for place, label in enumerate(FER7):
        if label in labels:
            rows[:, place] = probabilities[:, list(labels).index(label)]
    return rows


def _reader(text: str, options: dict[str, Any]) -> Reader:
    detector, plus, classifier = text.rpartition(AND)
    if not plus or Path(registry.parse(text)[0]).is_file():  # a plus may stand in a path
        return OneStage(text, _not_written(text, options))
    return TwoStages(text, detector, classifier, _not_written(detector, options))


def _not_written(text: str, options: dict[str, Any]) -> dict[str, Any]:
    """What the name itself states wins."""
    return {name: value for name, value in options.items() if name not in registry.parse(text)[1]}
