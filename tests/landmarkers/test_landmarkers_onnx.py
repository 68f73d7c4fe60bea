from pathlib import Path

import numpy as np
import pytest

from face_points import place, template, write_model
from mien import registry
from mien.errors import BadOption, ModelError
from mien.landmarkers.onnx import BATCH, OnnxLandmarker
from mien.types import Box

GRAY = np.full((100, 140, 3), 128, np.uint8)  # normalised to 0: the model answers what it knows
BOX = Box(40, 20, 80, 60)
SQUARE = Box(35, 15, 85, 65)
"""The crop of `BOX` at a scale of 1.25."""


def load(path: Path, **options: object) -> OnnxLandmarker:
    model: OnnxLandmarker = registry.load("landmarkers", str(path), **options)
    return model


@pytest.mark.parametrize("flat", [True, False])
def test_shares_of_the_crop_become_pixels_of_the_picture(tmp_path: Path, flat: bool) -> None:
    model = load(write_model(tmp_path / "m.onnx", flat=flat))
    expected = place(template() * 0.8 + 0.1, SQUARE)
    np.testing.assert_allclose(model.locate(GRAY, BOX), expected, atol=1e-3)


def test_the_card_moves_the_crop(tmp_path: Path) -> None:
    model = load(write_model(tmp_path / "m.onnx", crop={"scale": 1.25, "shift_y": 0.25}))
    expected = place(template() * 0.8 + 0.1, SQUARE) + np.array((0, 10))
    np.testing.assert_allclose(model.locate(GRAY, BOX), expected, atol=1e-3)


@pytest.mark.parametrize("fixed", [False, True])
def test_many_faces_keep_their_order(tmp_path: Path, fixed: bool) -> None:
    model = load(write_model(tmp_path / "m.onnx", shape=(1 if fixed else "batch", 1, 16, 16)))
    picture = np.tile(np.arange(140, dtype=np.uint8), (100, 1))
    boxes = [Box(x, 20, x + 30, 55) for x in range(2 * BATCH + 3)]
    found = model.locate_all(picture, boxes)
    assert found.shape == (2 * BATCH + 3, 68, 2)
    np.testing.assert_allclose(found, np.stack([model.locate(picture, box) for box in boxes]), atol=1e-4)


def test_no_face_gives_no_points(tmp_path: Path) -> None:
    assert load(write_model(tmp_path / "m.onnx")).locate_all(GRAY, []).shape == (0, 68, 2)


def test_it_is_found_by_name_among_the_users_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    path = write_model(tmp_path / "own_68.onnx")
    assert "own_68" in registry.names("landmarkers")
    assert registry.load("landmarkers", "own_68").weights == path


def test_floats_are_refused_with_their_dtype(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="float64"):
        load(write_model(tmp_path / "m.onnx")).locate(GRAY / 255, BOX)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"shape": ("batch", 3, 16, 16)}, r"\(N, 3, 16, 16\), but its card states \(N, 1, 16, 16\)"),
        ({"shape": ("batch", 1, 16, 20)}, r"\(N, 1, 16, 20\)"),
        ({"shape": (4, 1, 16, 16)}, "exactly 4 pictures"),
        ({"count": 5}, r"gives points \(N, 10\)"),
        ({"count": 5, "flat": False}, r"gives points \(N, 5, 2\)"),
    ],
)
def test_a_model_of_another_form_is_refused(
    tmp_path: Path, changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ModelError, match=complaint):
        load(write_model(tmp_path / "m.onnx", **changes))


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SHA-256"):
        load(write_model(tmp_path / "m.onnx", sha256="0" * 64))


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    card = {"task": "expression", "labels": ["happy", "sad"]}
    with pytest.raises(ModelError, match="'expression', not for 'landmarks'"):
        load(write_model(tmp_path / "m.onnx", **card))
