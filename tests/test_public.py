"""The names that other people type."""

import inspect
import subprocess
import sys
import tomllib
import typing
from pathlib import Path

import numpy as np
import pytest

import mien
from mien import testing
from mien.labels import FER7

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", mien.__all__)
def test_every_public_name_is_there_and_listed(name: str) -> None:
    assert getattr(mien, name) is not None
    assert name in dir(mien)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Analyser'"):
        mien.Analyser  # noqa: B018 - the access is the test


def test_type_checkers_are_promised_types() -> None:
    assert (ROOT / "src" / "mien" / "py.typed").exists()
    for function in (mien.analyze, mien.stream, mien.load, mien.names):
        assert "return" in typing.get_type_hints(function)


def test_the_parameters_that_people_name() -> None:
    parameters = inspect.signature(mien.Analyzer).parameters
    assert list(parameters)[:2] == ["detector", "classifier"]
    assert {"tracker", "smoother", "max_faces", "min_face"} <= parameters.keys()


def test_results_have_the_documented_shape() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    with mien.Analyzer(testing.FakeDetector(), testing.FakeClassifier(["happy"])) as analyzer:
        result = analyzer.analyze(image)
    assert (result.width, result.height, result.index, result.time) == (64, 48, 0, 0.0)
    (face,) = result.faces
    assert isinstance(face.box, mien.Box)
    assert isinstance(face.expression, mien.Expression)
    assert face.expression.labels == FER7
    assert face.expression.label == "happy"
    assert face.expression.probabilities.sum() == pytest.approx(1)
    assert {"detect", "classify"} <= result.timings.keys()


def test_the_version_is_a_release_of_the_changelog() -> None:
    assert f"## {mien.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dynamic"] == ["version"]


def test_the_module_runs_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mien", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert mien.__version__ in done.stdout
