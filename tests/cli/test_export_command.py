"""``mien export`` as a thin shell: what it passes on, and what it says of the files."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mien.cli.export import export
from mien.errors import MissingExtra

pytestmark = pytest.mark.train
app = typer.Typer()
app.command()(export)
CHANGES = {"same_answer": 0.9657, "accuracy_before": 0.6431, "ms_before": 0.85, "ms_after": 0.34}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    from mien.training import release

    made: list[Any] = []
    path = tmp_path / "own.int8.onnx"
    path.write_bytes(bytes(1234))
    figures = {
        "accuracy": 0.6428,
        "measured_on": "fer2013 PublicTest, 3589 pictures",
        "difference_from_training": 5.4e-6,
        "int8": CHANGES,
    }
    card = SimpleNamespace(name="own.int8", figures=figures)

    def fake(*given: Any) -> list[SimpleNamespace]:
        made.append(given)
        return [SimpleNamespace(path=path, card=card)]

    monkeypatch.setattr(release, "release", fake)
    return made


def test_the_file_goes_to_stdout_and_its_story_to_stderr(calls: list[Any], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["own"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(tmp_path / "own.int8.onnx")]
    assert result.stderr.splitlines() == [
        "own.int8: 1,234 bytes, accuracy 0.6428 on fer2013 PublicTest, 3589 pictures, "
        "int8 changed 3.43% of the answers, accuracy before 0.6431, 0.85 -> 0.34 ms a face, "
        "largest difference from training 5.4e-06"
    ]


@pytest.mark.parametrize(
    ("flags", "half", "int8", "force"),
    [
        ([], None, False, False),
        (["--half"], True, False, False),
        (["--no-half", "--int8", "--force"], False, True, True),
    ],
)
def test_flags_reach_the_library(
    calls: list[Any], flags: list[str], half: bool | None, int8: bool, force: bool
) -> None:
    from mien.training.release import Wishes

    CliRunner().invoke(app, ["own", "--checkpoint", "a.ckpt", "--out", "there", *flags])
    assert calls == [("own", Path("a.ckpt"), Path("there"), Wishes(half, int8, force))]


def test_without_the_extra_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mien.training.release", None)
    result = CliRunner().invoke(app, ["own"])
    assert isinstance(result.exception, MissingExtra)
    assert "mien[train]" in str(result.exception)
