"""Runs any trained network for the 68 points: an ``.onnx`` file with its card."""

from collections.abc import Sequence

import numpy as np

from mien import artifact, backends, imageops, prepare
from mien.errors import ModelError
from mien.landmarkers.base import POINTS, Landmarker
from mien.types import Box, Floats, Image

BATCH = 16
"""Faces per call of the model: more needs memory and saves nothing."""


class OnnxLandmarker(Landmarker):
    """A model that takes one tensor of crops and gives the points of each, (N, 136) or (N, 68, 2) float32.

    x and y are shares of the crop's side, 0 at its left or top edge and 1 at the other. ``threads`` is the
    number of threads that one call may use. Raises `ModelError` where the model's input or output does not
    have that shape, or the file is not the card's.
    """

    def __init__(self, model: artifact.Artifact, threads: int = 1) -> None:
        self.card = model.card
        self.weights = model.path
        self._session = backends.OnnxRuntime(model.read(), threads)
        self._batch = backends.batch_size(self._session.input_shape(), model, BATCH)
        _check_output(self._session.output_shapes(), model)

    def locate(self, image: Image, box: Box) -> Floats:
        found: Floats = self.locate_all(image, [box])[0]
        return found

    def locate_all(self, image: Image, boxes: Sequence[Box]) -> Floats:
        imageops.check(image)
        found = np.empty((len(boxes), POINTS, 2), np.float32)
        for at in range(0, len(boxes), self._batch):
            part = boxes[at : at + self._batch]
            found[at : at + len(part)] = self._points(image, part)
        return found

    def _points(self, image: Image, boxes: Sequence[Box]) -> Floats:
        crop = self.card.crop
        pixels = prepare.tensor([prepare.crop(image, box, crop) for box in boxes], self.card.input)
        shares = self._session.run(pixels)[0].reshape(len(boxes), POINTS, 2)
        squares = np.array([prepare.square(box, crop) for box in boxes], np.float32)[:, None]  # (N, 1, 3)
        return shares * squares[..., 2:] + squares[..., :2]


def _check_output(found: dict[str, backends.Shape], model: artifact.Artifact) -> None:
    shapes = [shape[1:] for shape in found.values()]
    if shapes not in ([(POINTS * 2,)], [(POINTS, 2)]):
        given = ", ".join(f"{name} {backends.written(shape)}" for name, shape in found.items())
        raise ModelError(
            f"'{model.path}' gives {given}. A model for landmarks gives one output, (N, {POINTS * 2}) or "
            f"(N, {POINTS}, 2): x and y of each point as shares of the crop's side."
        )
