import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mien import artifact, registry
from mien.classifiers.onnx import OnnxClassifier, softmax
from mien.errors import ModelError

MakeModel = Callable[..., Path]
PLAIN = np.full((20, 30), 150, np.uint8)  # (150 - 100) / 50 = 1 everywhere, so logit k is k


def load(path: Path, **options: object) -> OnnxClassifier:
    model: OnnxClassifier = registry.load("classifiers", str(path), **options)
    return model


def test_it_answers_as_its_model_does(make_model: MakeModel) -> None:
    expected = np.exp(np.arange(7)) / np.exp(np.arange(7)).sum()
    np.testing.assert_allclose(load(make_model()).predict([PLAIN]), expected[None], rtol=1e-5)


def test_the_temperature_divides_the_logits(make_model: MakeModel) -> None:
    model = load(make_model(calibration={"temperature": 2.0, "unsure_below": 0.5}))
    expected = np.exp(np.arange(7) / 2) / np.exp(np.arange(7) / 2).sum()
    np.testing.assert_allclose(model.predict([PLAIN])[0], expected, rtol=1e-5)


def test_probabilities_are_taken_as_they_are(make_model: MakeModel) -> None:
    model = load(make_model(output="probabilities"))
    assert model.predict([PLAIN])[0].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_no_crops_give_no_rows(make_model: MakeModel) -> None:
    rows = load(make_model()).predict([])
    assert rows.shape == (0, 7)
    assert rows.dtype == np.float32


@pytest.mark.parametrize("count", [1, 3, 64, 65, 130])
def test_any_number_of_crops_keeps_its_order(make_model: MakeModel, count: int) -> None:
    crops = [np.full((8, 6), value, np.uint8) for value in range(count)]
    model = load(make_model())
    rows = model.predict(crops)
    single = np.concatenate([model.predict([crop]) for crop in crops])
    np.testing.assert_allclose(rows, single, rtol=1e-5)


def test_a_model_of_one_picture_is_fed_one_by_one(make_model: MakeModel) -> None:
    model = load(make_model(shape=(1, 1, 8, 6)))
    assert model.predict([PLAIN] * 3).shape == (3, 7)


def test_an_array_of_crops_works_as_a_list_does(make_model: MakeModel) -> None:
    model = load(make_model())
    crops = np.arange(2 * 8 * 6, dtype=np.uint8).reshape(2, 8, 6)
    np.testing.assert_array_equal(model.predict(crops), model.predict(list(crops)))


def test_expressions_carry_the_threshold(make_model: MakeModel) -> None:
    model = load(make_model())
    sure, unsure = (
        model.expression(model.predict([PLAIN])[0]),
        model.expression(np.full(7, 1 / 7, np.float32)),
    )
    assert (sure.label, sure.unsure, unsure.unsure) == ("neutral", False, True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"shape": ("batch", 3, 8, 6)}, r"\(N, 3, 8, 6\), but its card states \(N, 1, 8, 6\)"),
        ({"shape": ("batch", 1, 9, 6)}, r"\(N, 1, 9, 6\)"),
        ({"shape": ("batch", 8, 6)}, r"\(N, 8, 6\)"),
        ({"shape": (4, 1, 8, 6)}, "exactly 4 pictures at once"),
        ({"outputs": 8}, r"logits \(N, 8\), but its card states 7 labels"),
        ({"twice": True}, r"mean \(N, 1\)"),
        ({"labels": ["happy", "sad"]}, "card states 2 labels"),
        ({"sha256": "0" * 64}, "SHA-256"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    make_model: MakeModel, changes: dict[str, object], complaint: str
) -> None:
    path = make_model(**changes)
    with pytest.raises(ModelError, match=complaint):
        load(path)


def test_a_free_size_fits_any_card(make_model: MakeModel) -> None:
    assert load(make_model(shape=("n", 1, "h", "w"))).predict([PLAIN]).shape == (1, 7)


def test_a_file_in_the_models_folder_is_found_by_its_name(make_model: MakeModel) -> None:
    shutil.copytree(make_model("mine").parent, artifact.models_folder())
    assert "mine" in registry.names("classifiers")
    assert registry.load("classifiers", "mine:threads=2").labels[3] == "happy"


@given(arrays.arrays(np.float32, (3, 7), elements=st.floats(-1e4, 1e4, width=32)))
def test_softmax_is_a_distribution_for_any_logits(logits: np.ndarray) -> None:
    rows = softmax(logits)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)
    assert (rows >= 0).all()
    assert (rows[np.arange(3), logits.argmax(axis=1)] == rows.max(axis=1)).all()
