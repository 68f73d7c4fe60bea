"""Runs any trained classifier: an ``.onnx`` file with its card."""

from collections.abc import Sequence

import numpy as np

from mien import artifact, backends, prepare
from mien.classifiers.base import Classifier
from mien.errors import ModelError
from mien.types import Floats, Image

BATCH = 64
"""Crops per call of the model: more needs memory and saves nothing."""


class OnnxClassifier(Classifier):
    """A model that takes one picture tensor and gives one row of logits or probabilities per picture.

    ``threads`` is the number of threads that one call may use. Raises `ModelError` where the model's input
    or output does not have the shape that the card states, or the file is not the card's.
    """

    def __init__(self, model: artifact.Artifact, threads: int = 1) -> None:
        self.card = model.card
        self.labels = model.card.labels
        self.crop = model.card.crop
        self.unsure_below = model.card.calibration.unsure_below
        self._session = backends.OnnxRuntime(model.read(), threads)
        self._batch = backends.batch_size(self._session.input_shape(), model, BATCH)
        _check_output(self._session.output_shapes(), model)

    def predict(self, crops: Sequence[Image]) -> Floats:
        if len(crops) == 0:
            return np.empty((0, len(self.labels)), np.float32)
        step = self._batch
        return np.concatenate([self._rows(crops[at : at + step]) for at in range(0, len(crops), step)])

    def tensor(self, crops: Sequence[Image]) -> Floats:
        """What the model is fed for ``crops``: (N, channels, height, width) float32."""
        return prepare.tensor(crops, self.card.input)

    def _rows(self, crops: Sequence[Image]) -> Floats:
        scores = self._session.run(self.tensor(crops))[0]
        temperature = self.card.calibration.temperature
        return softmax(scores / temperature) if self.card.output == "logits" else scores


def softmax(logits: Floats) -> Floats:
    """Probabilities (N, K) float32, rows summing to 1, from ``logits`` (N, K), however large."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _check_output(found: dict[str, backends.Shape], model: artifact.Artifact) -> None:
    labels = len(model.card.labels)
    shapes = list(found.values())
    if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][1] not in (None, labels):
        given = ", ".join(f"{name} {backends.written(shape)}" for name, shape in found.items())
        raise ModelError(
            f"'{model.path}' gives {given}, but its card states {labels} labels, so "
            f"{backends.written((None, labels))} is expected. Correct the card or export the model again."
        )
