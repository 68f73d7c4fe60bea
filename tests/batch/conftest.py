"""An analyzer without models: one face in every picture that is not black, happy with 0.8."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from mien.artifact import CropSpec
from mien.classifiers.base import Classifier
from mien.detectors.base import Detector
from mien.imageops import encode
from mien.labels import FER7
from mien.pipeline import Analyzer
from mien.types import Box, Detection, Floats, Image


class OneFace(Detector):
    def detect(self, image: Image) -> list[Detection]:
        height, width = image.shape[:2]
        return [Detection(Box(width / 4, height / 4, width / 2, height / 2), 0.9)] if image.any() else []


class Happy(Classifier):
    labels = FER7
    crop = CropSpec()
    unsure_below = 0.3

    def predict(self, crops: Sequence[Image]) -> Floats:
        row = np.full(7, 0.2 / 6, np.float32)
        row[FER7.index("happy")] = 0.8
        return np.tile(row, (len(crops), 1))


@pytest.fixture
def analyzer() -> Iterator[Analyzer]:
    with Analyzer(OneFace(), Happy()) as made:
        yield made


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a gray picture and a black one, and a text that is no business of ours."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, value in (("a.png", 120), ("b.png", 0)):
        (folder / name).write_bytes(encode(np.full((48, 64, 3), value, np.uint8), ".png"))
    (folder / "notes.txt").write_text("not a picture", "utf-8")
    return folder
