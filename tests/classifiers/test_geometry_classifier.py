import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien import imageops, prepare, registry
from mien.artifact import CropSpec, InputSpec
from mien.classifiers._face_numbers import COUNT, FaceNumbers, face_box
from mien.classifiers.geometry import GeometryClassifier
from mien.errors import ModelError, UnknownName
from mien.labels import FER7
from mien.measures._lbp import ORIENTED, histograms
from mien.measures.geometry import geometry
from mien.types import Box, Floats, Image

SPEC = InputSpec(96, 96, "gray", (0.0,), (1.0,))
CROP = CropSpec(0.95, 0.02)
FACE = Box(175, 60, 285, 205)
MakeNumbersModel = Callable[..., Path]


@pytest.fixture
def make_numbers_model(tmp_path: Path) -> MakeNumbersModel:
    """Write an .onnx file whose logit k is k times the first number, and a card that names the runner."""

    def make(numbers: int = COUNT, **card: Any) -> Path:
        weights = np.zeros((numbers, len(FER7)), np.float32)
        weights[0] = np.arange(len(FER7))
        graph = helper.make_graph(
            [helper.make_node("MatMul", ["numbers", "weights"], ["logits"])],
            "by_heart",
            [helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["batch", numbers])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(FER7)])],
            [numpy_helper.from_array(weights, "weights")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        path = tmp_path / "by_heart.onnx"
        path.write_bytes(model.SerializeToString())
        defaults = {
            "name": "by_heart",
            "task": "expression",
            "runner": "geometry",
            "labels": list(FER7),
            "input": {"width": 96, "height": 96, "colour": "gray", "mean": [0.0], "std": [1.0]},
            "crop": {"scale": 0.95, "shift_y": 0.02},
            "calibration": {"temperature": 0.5, "unsure_below": 0.3},
        }
        path.with_suffix(".json").write_text(json.dumps(defaults | card), "utf-8")
        onnx.checker.check_model(model)
        return path

    return make


def astray(image: Image, box: Box) -> Floats:
    return np.full((68, 2), np.nan, np.float32)


def test_the_card_s_runner_finds_it_by_path(make_numbers_model: MakeNumbersModel, portrait: Image) -> None:
    model = registry.load("classifiers", str(make_numbers_model()))
    assert isinstance(model, GeometryClassifier)
    assert (model.labels, model.crop, model.unsure_below) == (FER7, CROP, 0.3)
    crop = model.cut(portrait, FACE)
    numbers = FaceNumbers(registry.load("landmarkers", "mien_68").locate, SPEC, CROP)([crop])
    powers = np.exp(numbers[0, 0] * np.arange(7) / 0.5)  # the model's logits by the card's temperature
    np.testing.assert_allclose(model.predict([crop])[0], powers / powers.sum(), atol=1e-5)


def test_the_numbers_are_shapes_and_roots_of_texture(portrait: Image) -> None:
    landmarker = registry.load("landmarkers", "mien_68")
    crop = prepare.crop(portrait, FACE, CROP)
    (row,) = FaceNumbers(landmarker.locate, SPEC, CROP)([crop])
    picture = imageops.bgr(imageops.resize(imageops.gray(crop), 96, 96))
    points = landmarker.locate(picture, face_box(SPEC, CROP))
    assert len(row) == COUNT
    np.testing.assert_array_equal(row[:14], geometry(points))
    np.testing.assert_array_equal(row[14:] ** 2, np.sqrt(histograms(picture, points, ORIENTED).ravel()) ** 2)


@pytest.mark.parametrize("crop", [CropSpec(), CROP, CropSpec(1.4, -0.1)])
def test_the_face_s_box_is_where_the_crop_put_it(crop: CropSpec) -> None:
    box = Box(200, 140, 296, 236)
    left, top, side = prepare.square(box, crop)
    found = face_box(InputSpec(side, side, "gray", (0.0,), (1.0,)), crop)
    moved = np.add(found.as_tuple(), (left, top, left, top))
    np.testing.assert_allclose(moved, box.as_tuple(), atol=1)


def test_points_that_went_astray_are_unknown_numbers(portrait: Image) -> None:
    assert np.isnan(FaceNumbers(astray, SPEC, CROP)([portrait])).all()


def test_no_crops_give_no_numbers() -> None:
    assert FaceNumbers(astray, SPEC, CROP)([]).shape == (0, COUNT)


def test_a_model_of_other_numbers_is_refused(make_numbers_model: MakeNumbersModel) -> None:
    with pytest.raises(ModelError, match=rf"{COUNT + 1}.*takes .*{COUNT}"):
        registry.load("classifiers", str(make_numbers_model(COUNT + 1)))


def test_an_unknown_landmarker_is_refused(make_numbers_model: MakeNumbersModel) -> None:
    with pytest.raises(UnknownName, match="mien_86"):
        registry.load("classifiers", f"{make_numbers_model()}:landmarker=mien_86")


def test_a_card_for_probabilities_is_taken_at_its_word(
    make_numbers_model: MakeNumbersModel, portrait: Image
) -> None:
    crop = prepare.crop(portrait, FACE, CROP)
    path = make_numbers_model(output="probabilities")
    row = registry.load("classifiers", str(path)).predict([crop])[0]
    assert row[2] == pytest.approx(2 * row[1])


def test_the_shipped_model_sees_the_astronaut_smile(portrait: Image) -> None:
    model = registry.load("classifiers", "geometry")
    row = model.predict([model.cut(portrait, FACE)])[0]
    assert model.expression(row).label == "happy"
