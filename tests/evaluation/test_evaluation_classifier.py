import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mien import registry
from mien.artifact import CropSpec
from mien.classifiers.base import Classifier
from mien.cli import evaluate as command
from mien.datasets.base import Dataset, Indices, Samples
from mien.errors import BadOption
from mien.evaluation import classifier as evaluation
from mien.types import Floats, Image


class Reader(Classifier):
    """Knows the label from the first pixel; its columns are in another order than the data set's."""

    labels = ("happy", "sad", "angry")
    crop = CropSpec()
    unsure_below = 0.5

    def predict(self, crops: Sequence[Image]) -> Floats:
        order = {0: 2, 1: 0, 2: 1}
        rows = np.full((len(crops), 3), 0.1, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            row[order[int(crop[0, 0])]] = 0.8
        return rows


class Faces(Dataset):
    title, rights, labels, splits = "Faces", "None.", ("angry", "happy", "sad"), ("Some",)

    def load(self, split: str) -> Samples:
        targets = np.array([0, 1, 1, 2, 2])
        images = np.repeat(np.array([0, 1, 1, 2, 0], np.uint8), 16).reshape(5, 4, 4)  # the last one misleads
        return Samples(images, targets, np.arange(5))

    def leaked(self, split: str) -> Indices:
        return np.array([4])


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"classifiers": Reader, "datasets": Faces}
    monkeypatch.setattr(registry, "load", lambda family, name: made[family]())


def test_figures_follow_the_labels_not_the_columns() -> None:
    score = evaluation.evaluate("reader", "faces", "Some")
    assert score.labels == ("angry", "happy", "sad")
    assert score.accuracy == pytest.approx(0.8)
    assert score.confusion == ((1, 0, 0), (0, 2, 0), (1, 0, 1))
    assert score.support == (1, 2, 2)
    assert score.recall == (1.0, 1.0, 0.5)
    assert score.unsure == 0.0
    assert score.without_leaked == {"accuracy": 1.0, "samples": 4}


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "STEP", 2)
    told: list[tuple[int, int]] = []
    evaluation.evaluate("reader", "faces", "Some", progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_classifier_without_a_label_of_the_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faces, "labels", ("angry", "happy", "fear"))
    with pytest.raises(BadOption, match=r"does not know fear \(it knows happy, sad, angry\)"):
        evaluation.evaluate("reader", "faces", "Some")


def test_undefined_figures_are_null_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Samples(np.zeros((1, 4, 4), np.uint8), np.array([0]), np.array([0]))
    monkeypatch.setattr(Faces, "load", lambda *_: one)
    values = evaluation.evaluate("reader", "faces", "Some").as_dict()
    assert values["recall"] == [1.0, None, None]
    assert values["without_leaked"] is None
    json.dumps(values, allow_nan=False)


def invoke(*words: str) -> "typer.testing.Result":
    return CliRunner().invoke(command.app, ["classifier", "reader", "--data", "faces", *words])


def test_the_command_shows_a_table() -> None:
    result = invoke("--split", "Some")
    assert result.exit_code == 0, result.output
    assert "accuracy 0.8000" in result.stdout
    assert "accuracy 1.0000 (4 pictures)" in result.stdout


def test_the_command_writes_only_json_to_stdout() -> None:
    result = invoke("--split", "Some", "--json", "-")
    assert json.loads(result.stdout)["accuracy"] == pytest.approx(0.8)
    assert "accuracy 0.8000" in result.stderr


def test_the_command_writes_json_to_a_file(tmp_path: Path) -> None:
    invoke("--split", "Some", "--json", str(tmp_path / "é.json"))
    assert json.loads((tmp_path / "é.json").read_text("utf-8"))["samples"] == 5
