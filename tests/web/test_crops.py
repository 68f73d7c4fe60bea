import numpy as np
import pytest
from web_fakes import RED, ColourClassifier, picture

from mien import imageops, prepare
from mien.artifact import Card, InputSpec
from mien.labels import FER7
from mien.pipeline import Analyzer
from mien.testing import FakeDetector
from mien.types import Box, Face
from mien.web import crops

IMAGE, BOX = picture((20, 30, RED)), Box(20, 30, 80, 90)
FACE = Face(BOX, 0.9)


def using(classifier: ColourClassifier, aligner: str = "none") -> Analyzer:
    return Analyzer(FakeDetector([]), classifier, aligner=aligner)


@pytest.mark.parametrize(("colour", "channels"), [("gray", 1), ("rgb", 3), ("bgr", 3)])
def test_the_crop_is_what_the_model_was_fed(colour: str, channels: int) -> None:
    spec = InputSpec(24, 32, colour, (0.0,) * channels, (1.0,) * channels)
    classifier = ColourClassifier()
    classifier.card = Card("x", "expression", "onnx", FER7, spec)  # type: ignore[attr-defined]
    found = crops.seen(using(classifier), IMAGE, FACE)
    fed = prepare.tensor([classifier.cut(IMAGE, BOX)], spec)[0].transpose(1, 2, 0)
    fed = fed[:, :, ::-1] if colour == "rgb" else fed
    assert np.array_equal(found.reshape(32, 24, channels), fed)


def test_a_model_without_a_card_shows_its_cut() -> None:
    png = crops.png(using(ColourClassifier()), IMAGE, FACE)
    assert imageops.decode(png).shape == (96, 96, 3)


def test_a_tilted_face_is_shown_as_the_model_saw_it() -> None:
    eyes = np.array([[30, 40], [60, 70], [40, 65], [30, 70], [45, 85]], np.float32)
    tilted = Face(BOX, 0.9, eyes)
    upright = crops.seen(using(ColourClassifier(), "eyes"), IMAGE, tilted)
    assert not np.array_equal(upright, crops.seen(using(ColourClassifier()), IMAGE, tilted))
