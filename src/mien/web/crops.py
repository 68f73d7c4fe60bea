"""The picture that a classifier was shown of a face: cut, in its size and its colours."""

from mien import imageops
from mien.artifact import Card, InputSpec
from mien.classifiers.base import Classifier
from mien.types import Box, Image

_WITHOUT_SPEC = 96
"""The side, in pixels, for classifiers that state no input of their own."""


def seen(classifier: Classifier, image: Image, box: Box) -> Image:
    """What ``classifier`` saw of the face in ``box``: uint8, gray (H, W) or BGR (H, W, 3) by its card."""
    cut = classifier.cut(image, box)
    spec = _spec(classifier)
    if spec is None:
        return imageops.resize(cut, _WITHOUT_SPEC, _WITHOUT_SPEC)
    coloured = imageops.gray(cut) if spec.colour == "gray" else cut
    return imageops.resize(coloured, spec.width, spec.height)


def png(classifier: Classifier, image: Image, box: Box) -> bytes:
    """`seen` as a PNG file."""
    return imageops.encode(seen(classifier, image, box), ".png")


def _spec(classifier: Classifier) -> InputSpec | None:
    card = getattr(classifier, "card", None)
    return card.input if isinstance(card, Card) else None
