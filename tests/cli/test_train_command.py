"""``mien train`` as a thin shell: what it passes on, and what it says at the end."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mien.cli.train import train
from mien.errors import BadOption, MissingExtra
from mien.training import finetune, run
from mien.training.machine import Machine

app = typer.Typer()
app.command()(train)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def fake(name: str, out: Path | None, **options: Any) -> SimpleNamespace:
        made.append({"name": name, "out": out, **options})
        card = SimpleNamespace(figures={"accuracy": 0.6412, "measured_on": "fer2013 PublicTest"})
        return SimpleNamespace(
            trained=SimpleNamespace(
                checkpoint=Path("runs/x/best.ckpt"), score=0.6412, interrupted=name == "stopped"
            ),
            path=Path("runs/x/x.onnx"),
            card=card,
        )

    monkeypatch.setattr(run, "run", fake)
    return made


def test_the_last_line_says_where_the_results_lie(calls: list[dict[str, Any]]) -> None:
    result = CliRunner().invoke(app, ["mini_xception"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "best 0.6412 on fer2013 PublicTest" in result.stderr
    last = result.stderr.splitlines()[-1]
    assert str(Path("runs/x/best.ckpt")) in last
    assert str(Path("runs/x/x.onnx")) in last


def test_flags_reach_the_library(calls: list[dict[str, Any]]) -> None:
    flags = ["--out", "there", "--epochs", "3", "--devices", "1", "--accelerator", "cpu", "--logger", "wandb"]
    CliRunner().invoke(app, ["mini_xception", *flags, "--resume"])
    (call,) = calls
    assert (call["name"], call["out"]) == ("mini_xception", Path("there"))
    assert call["machine"] == Machine("cpu", 1, 1)
    assert (call["log_to"], call["resume"], call["epochs"]) == ("wandb", True, 3)
    assert call["batch"] is None


@pytest.fixture
def tunings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    made: list[tuple[Any, ...]] = []

    def fake(*given: Any, **options: Any) -> SimpleNamespace:
        made.append((*given, options["epochs"]))
        trained = SimpleNamespace(checkpoint=Path("c.ckpt"), score=0.7, interrupted=False)
        done = SimpleNamespace(
            trained=trained, path=Path("x.onnx"), card=SimpleNamespace(figures={"measured_on": "own"})
        )
        rows = (finetune.Compared("fer2013 PublicTest", 3589, (0.643, 0.6), (0.601, 0.55)),)
        return SimpleNamespace(run=done, compared=rows)

    monkeypatch.setattr(finetune, "finetune", fake)
    return made


def test_a_model_to_start_from_is_compared_before_and_after(tunings: list[tuple[Any, ...]]) -> None:
    flags = ["--from", "mini_xception", "--data", "folder:own", "--epochs", "3"]
    result = CliRunner().invoke(app, flags)
    assert result.exit_code == 0, result.output
    assert tunings == [("mini_xception", "folder:own", "", None, 3)]
    assert result.stdout == ""
    assert re.search(r"fer2013 PublicTest +3589 +64\.3 % +60\.0 % +60\.1 % +55\.0 %", result.stderr)


def test_a_detector_starts_from_a_checkpoint(calls: list[dict[str, Any]]) -> None:
    CliRunner().invoke(app, ["mien_face", "--from", "first/best.ckpt"])
    CliRunner().invoke(app, ["mien_face"])
    assert [call["start"] for call in calls] == [Path("first/best.ckpt"), None]


@pytest.mark.parametrize(("flags", "words"), [([], "Name a recipe"), (["x", "--data", "y"], "--from")])
def test_what_is_missing_is_said(flags: list[str], words: str) -> None:
    error = CliRunner().invoke(app, flags).exception
    assert isinstance(error, BadOption)
    assert words in str(error)


def test_without_the_extra_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mien.training", None)
    monkeypatch.setitem(sys.modules, "mien.training.machine", None)
    with pytest.raises(MissingExtra, match=r"mien\[train\]"):
        train("mini_xception")


def test_bad_counts_are_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["mini_xception", "--epochs", "0"]).exit_code == 2


def test_an_early_end_is_said(calls: list[dict[str, Any]]) -> None:
    assert "Stopped early" in CliRunner().invoke(app, ["stopped"]).stderr
    assert "Stopped early" not in CliRunner().invoke(app, ["mini_xception"]).stderr
