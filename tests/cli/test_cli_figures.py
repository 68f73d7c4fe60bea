"""Where the figures of an evaluation go."""

import io
import json
import math
import os
import sys
from pathlib import Path

import pytest
from rich.table import Table

from mien.cli._figures import Figures, table
from mien.errors import UsageError


def test_people_read_on_stdout_and_machines_in_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = Figures(str(tmp_path / "figures.json"))
    figures.show([Table("name")])
    figures.save({"naïve": (1.5, math.nan), "rows": [{"share": math.inf}, "text", None, True]})

    out, err = capsys.readouterr()
    assert "name" in out
    assert err == ""
    found = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    assert found == {"naïve": [1.5, None], "rows": [{"share": None}, "text", None, True]}


def test_where_a_machine_reads_stdout_people_read_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    figures = Figures("-")
    figures.show([Table("name")])
    figures.save({"share": 1})

    out, err = capsys.readouterr()
    assert json.loads(out) == {"share": 1}
    assert "name" in err


def test_without_a_file_there_is_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    Figures("").save({"share": 1})

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("name", "said"), [("", "is a folder"), ("absent/figures.json", "no folder")])
def test_a_file_that_cannot_be_is_refused_before_the_work(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Figures(str(tmp_path / name))


def test_a_place_that_may_not_be_written_to_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda place, _: place != tmp_path)
    with pytest.raises(UsageError, match=r"--json .*new\.json: nothing may be written to"):
        Figures(str(tmp_path / "new.json"))


def test_names_that_are_no_utf8_are_written_as_json_reads_them(tmp_path: Path) -> None:
    figures = Figures(str(tmp_path / "figures.json"))
    figures.save({"data": "folder:caf\udce9"})
    assert json.loads((tmp_path / "figures.json").read_text("utf-8")) == {"data": "folder:caf\udce9"}


def test_names_that_are_no_utf8_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.TextIOWrapper(io.BytesIO(), "utf-8", "strict")
    monkeypatch.setattr(sys, "stdout", stdout)
    Figures("").show([table("", "folder:caf\udce9")])
    stdout.flush()
    assert b"folder:caf\\udce9" in stdout.buffer.getvalue()  # type: ignore[attr-defined]


def test_names_are_neither_markup_nor_emoji(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder may be called as it likes."""
    made = table("folder:A: copies", "", "runs/[old]/mine.onnx")
    made.add_row("faces [bold]", "1")
    Figures("").show([made])
    shown = capsys.readouterr().out
    assert "folder:A: copies" in shown
    assert "runs/[old]/mine.onnx" in shown
    assert "faces [bold]" in shown
