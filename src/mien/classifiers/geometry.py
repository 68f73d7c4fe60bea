"""Reads expressions from the shape and texture of a face's parts instead of from its pixels."""

from collections.abc import Sequence

import numpy as np

from mien import artifact, backends, registry
from mien.classifiers._face_numbers import COUNT, FaceNumbers
from mien.classifiers.base import Classifier
from mien.classifiers.onnx import softmax
from mien.errors import ModelError
from mien.types import Floats, Image


class GeometryClassifier(Classifier):
    """A model that takes numbers about a face, (N, 368): measures of its 68 points, and texture by region.

    ``landmarker`` finds the points; the model was trained on those of the default. The card's input is the
    picture that they are looked for in. ``threads`` is the number of threads that one call of the model may
    use. Raises `ModelError` where the file does not take these numbers or is not the card's.
    """

    def __init__(self, model: artifact.Artifact, landmarker: str = "mien_68", threads: int = 1) -> None:
        self.card = model.card
        self.labels = model.card.labels
        self.crop = model.card.crop
        self.unsure_below = model.card.calibration.unsure_below
        self._session = backends.OnnxRuntime(model.read(), threads)
        _check(self._session, model)
        found = registry.load("landmarkers", landmarker)
        self._numbers = FaceNumbers(found.locate, model.card.input, model.card.crop)

    def predict(self, crops: Sequence[Image]) -> Floats:
        if len(crops) == 0:
            return np.empty((0, len(self.labels)), np.float32)
        scores = self._session.run(self._numbers(crops))[0]
        temperature = self.card.calibration.temperature
        return softmax(scores / temperature) if self.card.output == "logits" else scores


def _check(session: backends.OnnxRuntime, model: artifact.Artifact) -> None:
    taken, given = session.input_shape(), list(session.output_shapes().values())
    wanted = (None, COUNT), [(None, len(model.card.labels))]
    if (taken, given) != wanted:
        raise ModelError(
            f"'{model.path}' takes {taken} and gives {given}, but a model for the geometry classifier takes "
            f"{wanted[0]} and gives {wanted[1]} (None: any number of faces). Export it again."
        )
