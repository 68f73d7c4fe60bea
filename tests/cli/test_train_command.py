"""``mien train`` as a thin shell: what it passes on, and what it says at the end."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mien.cli.train import train
from mien.errors import MissingExtra
from mien.training import run
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
