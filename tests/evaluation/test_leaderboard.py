import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from evaluation.made_classifiers import AlwaysHappy, Faces, Reader
from mien import artifact, registry
from mien.cli import main
from mien.errors import BadOption, ModelError, SinkError, UsageError
from mien.evaluation import leaderboard, leaderboard_page
from mien.evaluation.classifier import Settings
from mien.types import Floats, Image


class Broken(Reader):
    def predict(self, crops: Sequence[Image]) -> Floats:
        raise ModelError("It needs points.")


class Stranger(Reader):
    labels = ("yes", "no")


MADE: dict[str, type] = {
    "reader": Reader,
    "reader.int8": AlwaysHappy,
    "happy": AlwaysHappy,
    "broken": Broken,
    "stranger": Stranger,
    "faces": Faces,
}
QUICK = Settings(data="faces", split="Some", resamples=20)


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda family, name: MADE[name]())
    monkeypatch.setattr(registry, "names", lambda family: sorted(MADE.keys() - {"faces"}))


def test_every_classifier_stands_in_it_the_best_first() -> None:
    board = leaderboard.measure(QUICK)
    assert [row["name"] for row in board["rows"]] == ["reader", "happy"]
    assert board["left_out"]["broken"] == "It needs points."
    assert "does not know angry" in board["left_out"]["stranger"]
    row = board["rows"][0]
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["without_near"]["samples"] == 3
    assert row["ms"] > 0
    json.dumps(board, allow_nan=False)


def test_an_int8_form_stands_in_its_models_row() -> None:
    rows = {row["name"]: row for row in leaderboard.measure(QUICK)["rows"]}
    assert rows["reader"]["int8"]["accuracy"] == pytest.approx(0.4)
    assert rows["happy"]["int8"] is None
    text = leaderboard_page.markdown(leaderboard.measure(QUICK, ["reader.int8"]))
    assert "| reader.int8 |" in text


def test_without_any_classifier_the_reasons_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MADE.keys() - {"faces", "broken"}:
        monkeypatch.delitem(MADE, name)
    with pytest.raises(UsageError, match=r"no classifier .* broken: It needs points"):
        leaderboard.measure(QUICK)


def test_a_name_that_was_asked_for_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faces, "load", lambda *_: pytest.fail("read"))
    with pytest.raises(UsageError, match=r"Not all can be scored on faces\. broken: It needs points"):
        leaderboard.measure(QUICK, ["reader", "broken"])


def test_the_tables_say_what_is_known_and_no_more() -> None:
    board = leaderboard.measure(QUICK)
    board["rows"][0] |= {
        "parameters": 58423,
        "flops": 11_040_896,
        "bytes": 232272,
        "input": "48x48 gray",
        "minutes": 180.0,
        "hardware": "2 cores",
        "recipe": "reader",
        "date": "2026-01-01",
        "int8": {"accuracy": 0.79, "bytes": 80000, "ms": 0.5},
        "ms": 1.25,
    }
    text = leaderboard_page.markdown(board)
    assert "| reader | 80.0 (" in text
    costs = (
        "| reader | 48x48 gray | 58,423 | 11.0 | 232 (80) | 1.25 (0.50) | 79.0 | 3.0 h, 2 cores | reader |"
    )
    assert costs in text
    assert "| happy | - | - | - | - | " in text
    assert "All: Some served its selection" in text
    assert "Not scored: broken. It needs points." in text
    assert "Leakage: 1 of 5 pictures stand in Train" in text


def test_without_near_copies_exact_ones_are_left_out() -> None:
    board = leaderboard.measure(Settings(data="faces", split="Some", resamples=0, audit=False), ["reader"])
    text = leaderboard_page.markdown(board)
    assert "top-1 without copies" in text
    assert "| reader | 80.0 | 100.0 |" in text


def test_the_pages_own_text_stays(tmp_path: Path) -> None:
    page = tmp_path / "größe.md"
    page.write_text(
        f"# Ours\n\nBefore.\n{leaderboard_page.BEGIN}\nold\n{leaderboard_page.END}\nAfter.\n", "utf-8"
    )
    board = leaderboard.measure(QUICK, ["reader"])
    for _ in range(2):
        leaderboard_page.write(board, page)
        text = page.read_text("utf-8")
        assert text.startswith("# Ours\n\nBefore.\n")
        assert text.endswith(f"{leaderboard_page.END}\nAfter.\n")
        assert text.count("| reader |") == 2
        assert "old" not in text


def test_a_page_is_made_where_there_is_none(tmp_path: Path) -> None:
    leaderboard_page.write(leaderboard.measure(QUICK, ["reader"]), tmp_path / "docs" / "new.md")
    assert "| reader |" in (tmp_path / "docs" / "new.md").read_text("utf-8")


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Mine.", "utf-8")
    with pytest.raises(BadOption, match="no place for the leaderboard"):
        leaderboard_page.write(leaderboard.measure(QUICK, ["reader"]), page)
    assert page.read_text("utf-8") == "Mine."


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(SinkError, match="Cannot write"):
        leaderboard_page.write(leaderboard.measure(QUICK, ["reader"]), tmp_path / "file" / "page.md")


def test_a_page_that_cannot_be_written_to_its_end_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    text = f"Mine.\n{leaderboard_page.BEGIN}\n{leaderboard_page.END}\nMine.\n"
    page.write_text(text, "utf-8")
    board = leaderboard.measure(QUICK, ["reader"])

    def full(_: object) -> str:
        raise OSError(28, "No space left on device")

    (tmp_path / "as_it_was.md").hardlink_to(page)
    leaderboard_page.write(board, page)
    assert (tmp_path / "as_it_was.md").read_text("utf-8") == text  # replaced, and not overwritten
    (tmp_path / "as_it_was.md").replace(page)
    monkeypatch.setattr(leaderboard_page, "markdown", full)
    with pytest.raises(SinkError, match="No space left"):
        leaderboard_page.write(board, page)
    assert page.read_text("utf-8") == text
    assert list(tmp_path.iterdir()) == [page]


def test_a_linked_page_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to(tmp_path / "page.md")
    board = leaderboard.measure(QUICK, ["reader"])
    board["title"] = "caf\udce9"  # a folder whose name is no UTF-8
    leaderboard_page.write(board, tmp_path / "link.md")
    assert (tmp_path / "link.md").is_symlink()
    assert "| reader |" in (tmp_path / "page.md").read_text("utf-8")


def test_the_page_of_this_project_has_its_place() -> None:
    text = (Path(__file__).parents[2] / "docs" / "leaderboard.md").read_text("utf-8")
    assert text.count(leaderboard_page.BEGIN) == text.count(leaderboard_page.END) == 1


def invoke(*words: str) -> Any:
    given = ["leaderboard", "reader", "--data", "faces", "--split", "Some", "--resamples", "10", *words]
    return CliRunner().invoke(main.app, given)


def test_the_command_prints_or_writes(tmp_path: Path) -> None:
    assert "| reader |" in invoke().stdout
    result = invoke("--out", str(tmp_path / "page.md"), "--json", str(tmp_path / "board.json"))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "| reader |" in (tmp_path / "page.md").read_text("utf-8")
    assert json.loads((tmp_path / "board.json").read_text("utf-8"))["rows"][0]["name"] == "reader"
    assert json.loads(invoke("--json", "-").stdout)["samples"] == 5


def test_a_training_that_nobody_timed_took_no_stated_time() -> None:
    board = leaderboard.measure(QUICK, ["reader"])
    board["rows"][0] |= {"minutes": 0.0, "hardware": "", "recipe": "reader"}
    assert "| - | reader |" in leaderboard_page.markdown(board)


def test_a_page_without_a_place_for_it_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.md").write_text("# Another page\n", "utf-8")
    monkeypatch.setattr(Faces, "load", lambda *_: pytest.fail("read"))
    refused = (
        (tmp_path / "page.md", 2, "has no place for the leaderboard"),
        (tmp_path, 2, "is a folder"),
        (tmp_path / "page.md" / "page.md", 1, "Cannot write"),
    )
    for path, code, said in refused:
        result = invoke("--out", str(path))
        assert result.exit_code == code
        assert said in " ".join(result.stderr.split())


def test_a_shipped_model_brings_its_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its int8 form (here a copy) in the user's own folder."""
    monkeypatch.undo()
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    for suffix in (".onnx", ".json"):
        shutil.copy(artifact.BUNDLED / f"mini_xception{suffix}", tmp_path / f"mini_xception.int8{suffix}")
    loaded = registry.load
    seven = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    monkeypatch.setattr(Faces, "labels", seven)
    monkeypatch.setattr(
        registry, "load", lambda family, name: Faces() if family == "datasets" else loaded(family, name)
    )
    (row,) = leaderboard.measure(QUICK, ["mini_xception"])["rows"]
    assert (row["parameters"], row["input"], row["recipe"]) == (58423, "48x48 gray", "mini_xception")
    assert row["flops"] > 1e7
    assert row["minutes"] > 0
    assert row["int8"]["accuracy"] == row["accuracy"]
    assert np.isfinite(row["int8"]["ms"])


def test_models_beside_the_package_stand_in_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the folder ``weights``, too large for the package."""
    monkeypatch.undo()
    monkeypatch.setattr(artifact, "CHECKOUT", tmp_path)
    for suffix in (".onnx", ".json"):
        shutil.copy(artifact.BUNDLED / f"mini_xception{suffix}", tmp_path / f"larger{suffix}")
    assert {"larger", "mini_xception"} <= set(registry.names("classifiers"))
    assert leaderboard._origin("larger")["minutes"] > 0
