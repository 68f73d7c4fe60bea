"""Classifiers and a data set whose figures are known: for the tests of the classifiers' report."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from mien.artifact import CropSpec
from mien.classifiers.base import Classifier
from mien.datasets.base import Dataset, Indices, Samples
from mien.errors import SourceError
from mien.evaluation import classifier as evaluation
from mien.evaluation.classifier import Settings
from mien.types import Floats, Image


def card(*uses: tuple[str, str], title: str = "Faces") -> SimpleNamespace:
    """What of a card the evaluation reads: each of ``uses`` is a part and its use."""
    return SimpleNamespace(data=[{"name": title, "part": part, "use": use} for part, use in uses])


class Reader(Classifier):
    """Knows the label from the first pixel; its columns are in another order than the data set's."""

    labels = ("happy", "sad", "angry")
    crop = CropSpec()
    unsure_below = 0.5
    card = card(("Train", "learning"), ("Some", "selection"))

    def predict(self, crops: Sequence[Image]) -> Floats:
        order = {0: 2, 1: 0, 2: 1}
        rows = np.full((len(crops), 3), 0.1, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            row[order[int(crop[0, 0]) % 3]] = 0.8
        return rows


class AlwaysHappy(Reader):
    """Sees one thing only."""

    def predict(self, crops: Sequence[Image]) -> Floats:
        return np.tile(np.array([0.6, 0.2, 0.2], np.float32), (len(crops), 1))


class WithContempt(Reader):
    """Knows a label more than the data set."""

    labels = ("happy", "sad", "angry", "contempt")

    def predict(self, crops: Sequence[Image]) -> Floats:
        rows = super().predict(crops) / 2
        return np.hstack([rows, np.full((len(crops), 1), 0.5, np.float32)])


def noise(count: int, seed: int = 0) -> Image:
    """(count, 48, 48) gray pictures, smooth as photographs are, no two alike."""
    random = np.random.default_rng(seed)
    pictures = np.zeros((count, 48, 48), np.uint8)
    for picture in pictures:
        layers = [
            cv2.resize(random.normal(size=(side, side)), (48, 48), interpolation=cv2.INTER_CUBIC) / side**0.7
            for side in (4, 8, 16)
        ]
        cv2.normalize(np.sum(layers, axis=0), picture, 2, 254, cv2.NORM_MINMAX, cv2.CV_8U)
    return pictures


def labelled(targets: Sequence[int], misleading: Sequence[int] = (), seed: int = 0) -> Samples:
    """Pictures whose first pixel gives the label away, or another one where they are misleading."""
    images = noise(len(targets), seed)
    for place, target in enumerate(targets):
        images[place, 0, 0] = 0 if place in misleading else target
    return Samples(images, np.array(targets, np.int64), np.arange(len(targets)))


class Faces(Dataset):
    """Five pictures to test on; the last one misleads, and stands in the part to learn from too."""

    title, rights, labels = "Faces", "None.", ("angry", "happy", "sad")
    splits = ("Train", "Some", "Locked")

    def load(self, split: str) -> Samples:
        self._check_split(split)
        if split == "Locked":
            raise SourceError("Locked is not there.")
        some = labelled([0, 1, 1, 2, 2], misleading=[4])
        if split == "Some":
            return some
        train = labelled([0, 1, 2], seed=1)
        images = np.concatenate([train.images, some.images[4:], shifted(some.images[1:2])])
        return Samples(images, np.array([0, 1, 2, 0, 1]), np.arange(5))

    def leaked(self, split: str) -> Indices:
        return np.array([4]) if split == "Some" else np.empty(0, np.int64)


def shifted(images: Image, pixels: int = 2) -> Image:
    """The same pictures, moved to the right and a little brighter."""
    moved = np.roll(images, pixels, axis=2)
    return np.clip(moved.astype(int) * 0.9 + 20, 0, 255).astype(np.uint8)


MADE: dict[str, type] = {"reader": Reader, "happy": AlwaysHappy, "eight": WithContempt, "faces": Faces}
"""What tests put in the place of the registry."""


def run(*names: str, **options: Any) -> dict[str, Any]:
    """The report of an evaluation of ``names`` of `MADE`, else of the reader."""
    settings = Settings(**{"data": "faces", "split": "Some", "time": False, "resamples": 50, **options})
    return evaluation.evaluate(names or ("reader",), settings)
