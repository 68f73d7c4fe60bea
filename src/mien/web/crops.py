"""The picture that a classifier was shown of a face: cut, in its size and its colours."""

from mien import imageops, prepare, stages
from mien.artifact import Card, CropSpec, InputSpec
from mien.classifiers.base import Classifier
from mien.stages import Models
from mien.types import Face, Image

_WITHOUT_SPEC = 96
"""The side, in pixels, for classifiers that state no input of their own."""


def seen(models: Models, image: Image, face: Face) -> Image:
    """What the classifier of ``models`` saw of ``face``: uint8, gray (H, W) or BGR (H, W, 3) by its card.

    Without a classifier, the square around the face's box, as it lies in the picture.
    """
    if models.classifier is None:
        return imageops.resize(prepare.crop(image, face.box, CropSpec()), _WITHOUT_SPEC, _WITHOUT_SPEC)
    cut = stages.cut(models.aligner, models.classifier, image, face)
    spec = _spec(models.classifier)
    if spec is None:
        return imageops.resize(cut, _WITHOUT_SPEC, _WITHOUT_SPEC)
    coloured = imageops.gray(cut) if spec.colour == "gray" else cut
    return imageops.resize(coloured, spec.width, spec.height)


def png(models: Models, image: Image, face: Face) -> bytes:
    """`seen` as a PNG file."""
    return imageops.encode(seen(models, image, face), ".png")


def _spec(classifier: Classifier) -> InputSpec | None:
    card = getattr(classifier, "card", None)
    return card.input if isinstance(card, Card) else None
