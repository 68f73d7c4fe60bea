"""A detector that reads expressions: boxes, probabilities and duplicates against what its numbers say."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("onnx", reason="onnx makes the models (extra train)")

import made_detectors as made
from mien import registry
from mien.artifact import InputSpec
from mien.detectors._input import PictureInput
from mien.detectors._rows import detections
from mien.errors import ModelError
from mien.labels import FER7
from mien.pipeline import Analyzer
from mien.types import Floats, Frame, Image
from mien.web import catalogue
from mien.web.crops import seen
from mien.web.looking import Look
from mien.web.models import Models
from mien.web.settings import Settings


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.anchors(tmp_path_factory.mktemp("reader") / "reader.onnx", labels=FER7)


def picture(*marks: tuple[int, int, str, int], scale: int = 1) -> Image:
    """Black, 640 x 320 times ``scale``, with cells of 16 pixels at (x, y): a label, and how red."""
    image = np.zeros((320 * scale, 640 * scale, 3), np.uint8)
    for x, y, label, red in marks:
        cell = (slice(y * scale, (y + 16) * scale), slice(x * scale, (x + 16) * scale))
        image[cell] = (255, made.GREEN_STEP * FER7.index(label), red)
    return image


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("label", FER7)
def test_box_score_and_expression_of_a_cell(reader: Path, label: str, scale: int) -> None:
    detector = registry.load("detectors", str(reader))
    (face,) = detector.detect(picture((160, 96, label, 0), scale=scale))
    expected = np.array((168 - 12, 104 - 16, 168 + 12, 104 + 16)) * scale
    np.testing.assert_allclose(face.box.as_tuple(), expected, rtol=1e-5)
    assert face.score == pytest.approx(1 / (1 + np.exp(-made.STEEP * (255 - made.BRIGHT))), rel=1e-4)
    assert face.points is None
    assert face.expression is not None
    assert (face.expression.labels, face.expression.label) == (FER7, label)
    powers = np.exp(-made.APART * (np.arange(7) - FER7.index(label)) ** 2.0)
    np.testing.assert_allclose(face.expression.probabilities, powers / powers.sum(), atol=1e-4)


def test_the_anchor_gives_the_size(reader: Path) -> None:
    (face,) = registry.load("detectors", str(reader)).detect(picture((160, 96, "sad", 255)))
    assert face.box.as_tuple() == pytest.approx((168 - 32, 104 - 24, 168 + 32, 104 + 24))


def test_one_face_has_one_expression_whatever_its_boxes_say(reader: Path) -> None:
    """Two cells side by side see one face and disagree: the better box stays."""
    image = picture((160, 96, "happy", 255), (176, 96, "sad", 255))
    image[96:112, 176:192, 0] = 240
    (face,) = registry.load("detectors", str(reader)).detect(image)
    assert face.expression is not None
    assert face.expression.label == "happy"
    assert len(registry.load("detectors", str(reader), nms_threshold=0.9).detect(image)) == 2


def test_temperature_and_the_limit_of_the_card(tmp_path: Path) -> None:
    calibration = {"temperature": 4.0, "unsure_below": 0.6}
    path = made.anchors(tmp_path / "warm.onnx", labels=FER7, calibration=calibration)
    (face,) = registry.load("detectors", str(path)).detect(picture((160, 96, "happy", 0)))
    powers = np.exp(-made.APART * (np.arange(7) - 3) ** 2.0 / 4)
    assert face.expression is not None
    np.testing.assert_allclose(face.expression.probabilities, powers / powers.sum(), atol=1e-4)
    assert face.expression.unsure


def test_every_stride_answers_and_no_face_is_no_error(tmp_path: Path) -> None:
    sides = [[[10, 12]], [[20, 24]], [[40, 50]]]
    path = made.anchors(tmp_path / "three.onnx", labels=["a", "b"], strides=(8, 16, 32), sides=sides)
    detector = registry.load("detectors", str(path))
    image = np.zeros((320, 640, 3), np.uint8)
    assert detector.detect(image) == []
    image[64:96, 64:96, 0] = 255
    widths = [round(found.box.width) for found in detector.detect(image)]
    assert sorted(set(widths)) == [10, 20, 40]
    assert widths.count(40) == 1


@settings(max_examples=60)
@given(
    st.integers(1, 60),
    st.integers(1, 8000),
    st.booleans(),
    st.tuples(*[st.floats(0, 1)] * 4),
    st.sampled_from(
        [InputSpec(0, 0, "bgr", (0,) * 3, (1,) * 3), InputSpec(320, 192, "bgr", (0,) * 3, (1,) * 3)]
    ),
)
def test_boxes_map_back_to_within_half_a_pixel(
    short: int, long: int, upright: bool, shares: tuple[float, ...], spec: InputSpec
) -> None:
    """What the tensor holds of a white picture is where the picture lies: shares of both are the same."""
    height, width = (long, short) if upright else (short, long)
    tensor, scale = PictureInput(spec, 320, 32).fill(np.full((height, width, 3), 255, np.uint8))
    inner = np.array((tensor[0, 0].any(axis=0).sum(), tensor[0, 0].any(axis=1).sum()) * 2)
    row = np.array([[*(inner * shares), 0.9]], np.float32)
    (found,) = detections(row, 0.5, scale)
    expected = np.array((width, height) * 2) * shares
    np.testing.assert_allclose(found.box.as_tuple(), expected, atol=0.5)


@pytest.mark.parametrize("size", [(1, 1), (3, 8000), (2000, 5)])
def test_odd_pictures(reader: Path, size: tuple[int, int]) -> None:
    registry.load("detectors", str(reader)).detect(np.full((*size, 3), 255, np.uint8))


@pytest.mark.parametrize("change", ["labels", "anchors", "surplus"])
def test_a_file_that_does_not_fit_its_card(tmp_path: Path, change: str) -> None:
    path = made.anchors(tmp_path / "misfit.onnx", labels=FER7, surplus=int(change == "surplus"))
    card = json.loads(path.with_suffix(".json").read_text("utf-8"))
    card["labels"] = card["labels"][:6] if change == "labels" else card["labels"]
    if change == "anchors":
        card["detection"]["anchors"] = [[[24, 32]]]
    path.with_suffix(".json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(
        ModelError, match=r"layout = 'anchors' with \d anchors a stride and \d labels expects"
    ):
        registry.load("detectors", str(path))


def test_by_path_no_classifier_is_needed(reader: Path) -> None:
    image = picture((160, 96, "fear", 0), (320, 192, "happy", 0))
    with Analyzer(detector=str(reader)) as analyzer:
        assert sorted(face.expression.label for face in analyzer.analyze(image).faces if face.expression) == [
            "fear",
            "happy",
        ]
        face = analyzer.analyze(image).faces[0]
        assert seen(analyzer, image, face).shape[:2] == (96, 96)


def test_the_page_offers_the_detectors_own(reader: Path) -> None:
    options = Settings().analyzer
    assert "detector" not in [one["name"] for one in catalogue.models(Settings())["classifiers"]] or any(
        one["labels"] for one in catalogue.models(Settings())["detectors"]
    )
    chosen = Settings(analyzer=type(options)(detector=str(reader)))
    offered = catalogue.models(chosen)
    (own,) = (one for one in offered["classifiers"] if one["name"] == "detector")
    assert (own["default"], own["labels"]) == (True, list(FER7))
    assert [one["name"] for one in offered["classifiers"] if one["default"]] == ["detector"]
    look = Look(Models(options).analyzer(str(reader), "detector", local=True))
    assert (look.classifier, look.labels) == ("detector", FER7)
    answer = look.at(Frame(picture((160, 96, "fear", 0)), 0, 0.0, "camera"), None, 0.0)
    assert answer.crop.startswith(b"\x89PNG")
    assert answer.header()["faces"][0]["label"] == "fear"


def test_only_what_is_over_the_threshold_is_decoded(reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mien.detectors import _anchors

    decoded: list[int] = []

    def counted(values: Floats) -> Floats:
        decoded.append(len(values))
        return 1 / (1 + np.exp(-values))

    monkeypatch.setattr(_anchors, "sigmoid", counted)
    registry.load("detectors", str(reader)).detect(picture((160, 96, "sad", 0)))
    assert decoded == [1]
