import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import made_networks
from mien import prepare
from mien.artifact import Calibration, Card, InputSpec
from mien.backends import OnnxRuntime
from mien.labels import FER7
from mien.training import judging, sets, speed, variants
from mien.training.quantize import METHODS
from mien.training.recipe import Recipe
from mien.training.sets import Parts
from mien.training.variants import Form

pytestmark = pytest.mark.train
SPEC = InputSpec(48, 48, "gray", (128.0,), (64.0,))
CARD = Card(
    "own", "expression", "onnx", FER7, SPEC, calibration=Calibration(1.0, 0.3), description="A trial."
)


@pytest.fixture(scope="module")
def data(faces_folder: Path) -> Parts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIEN_DATA", str(faces_folder))
        return sets.load(Recipe("own", "mini_xception"))


@pytest.fixture
def form() -> Form:
    return Form(made_networks.network(), CARD)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "ROUNDS", 1)
    monkeypatch.setattr(speed, "LEAST", 0.001)


def test_a_small_file_is_halved_only_where_asked_for(form: Form, data: Parts) -> None:
    assert variants.stored(form, data.select, half=None) is form
    assert variants.stored(form, data.select, half=False) is form
    small = variants.stored(form, data.select, half=True)
    changes = small.card.figures["half"]
    assert changes["bytes_before"] == len(form.content) > len(small.content) == changes["bytes_after"]
    assert 0 < changes["largest_difference"] < 0.01
    assert 0.9 <= changes["same_answer"] <= 1


def test_a_large_file_is_halved_where_nothing_is_lost(
    form: Form, data: Parts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(variants, "HALF_OVER", len(form.content) - 1)
    assert variants.stored(form, data.select, half=False) is form
    monkeypatch.setattr(variants, "LARGEST_LOSS", 1.0)
    assert len(variants.stored(form, data.select, half=None).content) < len(form.content)
    monkeypatch.setattr(variants, "LARGEST_LOSS", -1.1)
    with caplog.at_level(logging.WARNING):
        assert variants.stored(form, data.select, half=None) is form
    assert "own stays in full precision" in caplog.text


@pytest.mark.usefixtures("hasty")
def test_int8_states_what_it_cost_and_gained(form: Form, data: Parts) -> None:
    given = replace(form, card=replace(CARD, figures={"half": {}, "hardware": "a machine"}))
    made = variants.int8(given, data)
    card, changes = made.card, made.card.figures["int8"]
    assert (card.name, changes["of"]) == ("own.int8", "own")
    assert card.description == "A trial. Computed in int8."
    assert card.calibration.unsure_below == 0.3
    assert "half" not in card.figures
    assert card.figures["hardware"] == "a machine"
    answers = judging.logits(made.content, data.select.samples, SPEC)
    assert changes["accuracy_after"] == card.figures["accuracy"] == judging.accuracy(answers, data.select)
    assert changes["calibrated_on"] == "fer2013 Training, 96 pictures"
    assert changes["divergence"].keys() == METHODS.keys()
    assert changes["ranges_by"] == min(METHODS, key=lambda name: changes["divergence"][name])
    assert all(
        changes[f"ms_{when}{batch}"] > 0 for when in ("before", "after") for batch in ("", "_batch_16")
    )


def test_calibration_looks_at_faces_from_all_over_the_part(
    data: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "CALIBRATION", 10)
    faces = variants.calibration_faces(CARD, data.train)
    places = np.linspace(0, len(data.train) - 1, 10).astype(int)
    np.testing.assert_array_equal(faces, prepare.tensor(data.train.samples.images[places], SPEC))
    assert (len(data.train.spread(10_000)), len(data.train.spread(7))) == (len(data.train), 7)


def test_divergence_is_that_of_the_definition() -> None:
    wanted, found = np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([[0.25, 0.75], [0.9, 0.1]])
    expected = (0.5 * np.log(2) + 0.5 * np.log(0.5 / 0.75)) / 2
    logits = (np.log(each).astype(np.float32) for each in (wanted, found))
    assert variants.divergence(*logits) == pytest.approx(expected, abs=1e-6)


def test_a_card_is_judged_by_the_file_and_keeps_its_other_figures(form: Form, data: Parts) -> None:
    card = judging.judged(
        replace(CARD, figures={"accuracy": 2.0, "hardware": "a machine"}), form.content, data
    )
    samples = data.select.samples
    logits = OnnxRuntime(form.content).run(prepare.tensor(samples.images, SPEC))[0]
    right = logits.argmax(axis=1) == samples.targets
    assert card.figures["accuracy"] == pytest.approx(right.mean(), abs=1e-4)
    assert card.figures["accuracy_without_leaked"] == pytest.approx(
        right[~data.select.leaked].mean(), abs=1e-4
    )
    assert card.figures["hardware"] == "a machine"
    assert card.calibration.temperature != 1.0
    assert len(card.sha256) == 64
    tested = judging.judged(CARD, form.content, replace(data, test=data.train))
    assert tested.figures["test"]["measured_on"] == "fer2013 Training, 96 pictures"
