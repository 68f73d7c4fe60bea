"""What every expression classifier keeps to.

A trained model needs no code: an ``.onnx`` file with a card is run by `mien.classifiers.onnx`. To add another
kind of method: a new file here with one subclass of `Classifier`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from mien import prepare
from mien.artifact import CropSpec
from mien.types import Box, Expression, Floats, Image


class Classifier(ABC):
    """Reads expressions. One object may be called from several threads at once."""

    labels: tuple[str, ...]
    """The columns of `predict`."""
    crop: CropSpec
    """The region around a face box that the method wants to see."""
    unsure_below: float
    """Under this confidence the expression counts as unsure."""

    @abstractmethod
    def predict(self, crops: Sequence[Image]) -> Floats:
        """Probabilities (N, len(labels)) float32, each row summing to 1.

        ``crops``: N uint8 pictures of one face each, gray (H, W) or BGR (H, W, 3), any size.
        """

    def cut(self, image: Image, box: Box) -> Image:
        """The part of ``image`` (H, W, 3) BGR that `predict` should see for the face in ``box``."""
        return prepare.crop(image, box, self.crop)

    def expression(self, probabilities: Floats) -> Expression:
        """One row of `predict` (or a smoothed one) as an `Expression`."""
        return Expression(self.labels, probabilities, bool(probabilities.max() < self.unsure_below))


PLUGIN = Classifier
