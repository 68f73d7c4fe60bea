import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from evaluation.made_classifiers import MADE, Faces, Reader, labelled, run
from mien import registry
from mien.cli import evaluate as command
from mien.cli._classifier_tables import tables
from mien.errors import BadOption, ModelError, UnknownName, UsageError
from mien.evaluation import classifier as evaluation
from mien.evaluation import classifier_report
from mien.evaluation.classifier import Settings
from mien.evaluation.score import plain
from mien.evaluation.significance import mcnemar


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda family, name: MADE[name]())


def test_figures_follow_the_labels_not_the_columns() -> None:
    row = run()["classifiers"]["reader"]
    assert row["labels"] == ["angry", "happy", "sad"]
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["confusion"] == [[1, 0, 0], [0, 2, 0], [1, 0, 1]]
    assert row["support"] == [1, 2, 2]
    assert row["recall"] == [1.0, 1.0, 0.5]
    assert row["unsure"] == 0.0
    assert row["most_confused"] == [{"truth": "sad", "answer": "angry", "count": 1, "rate": 0.5}]


def test_several_stand_side_by_side_and_are_compared() -> None:
    report = run("reader", "happy", "reader")
    assert list(report["classifiers"]) == ["reader", "happy"]
    (comparison,) = report["comparisons"]
    assert comparison["of"] == ["reader", "happy"]
    assert (comparison["first_only"], comparison["second_only"]) == (2, 0)
    assert comparison["method"] == "exact"
    assert comparison["p"] == pytest.approx(0.5)


def test_labels_that_the_set_lacks_are_left_out_and_said() -> None:
    row = run("eight")["classifiers"]["eight"]
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["log_loss"] == pytest.approx(run()["classifiers"]["reader"]["log_loss"], rel=1e-5)
    assert any("contempt has no pictures in Faces" in note for note in row["notes"])


def test_several_labels_that_the_set_lacks_have_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faces, "labels", ("angry", "happy"))
    monkeypatch.setattr(Faces, "load", lambda *_: labelled([0, 1]))
    (note,) = run("eight", audit=False)["classifiers"]["eight"]["notes"][-1:]
    assert note.startswith("Its sad, contempt have no pictures in Faces")


def test_a_classifier_without_a_label_of_the_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faces, "labels", ("angry", "happy", "fear"))
    with pytest.raises(BadOption, match=r"'reader' .* does not know fear \(it knows happy, sad, angry\)"):
        run()


def test_wrong_words_are_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faces, "load", lambda *_: pytest.fail("read"))
    with pytest.raises(UnknownName, match="ten-crop"):
        run(view="tencrop")
    with pytest.raises(UnknownName, match="Locked, Some, Train"):
        run(split="Test")
    with pytest.raises(UnknownName, match="Locked, Some, Train"):
        run(against=("Test",))
    with pytest.raises(BadOption, match=r"Some is scored: .* Faces has Train, Some, Locked"):
        run(against=("Train", "Some"))
    with pytest.raises(BadOption, match="No classifier is given"):
        evaluation.evaluate([], Settings(data="faces", split="Some"))


def test_undefined_figures_are_null_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Faces().load("Some").only(Faces().load("Some").rows == 0)
    monkeypatch.setattr(Faces, "load", lambda *_: one)
    row = run(audit=False)["classifiers"]["reader"]
    assert row["recall"] == [1.0, None, None]
    assert row["auc"] == [None, None, None]
    assert row["without_leaked"] is None
    json.dumps(row, allow_nan=False)


@pytest.mark.parametrize(("answer", "complaint"), [(np.nan, "NaN or infinity"), (3.0, "sum to 1")])
def test_answers_that_are_no_probabilities_are_refused(
    answer: float, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "predict", lambda _, crops: np.full((len(crops), 3), answer, np.float32))
    with pytest.raises(ModelError, match=complaint):
        run()


def test_columns_without_a_file_are_refused() -> None:
    with pytest.raises(BadOption, match="give it with --groups"):
        run(by=("light",))


def test_models_that_never_disagree_have_no_interval(tmp_path: Path) -> None:
    report = run("reader", "happy")
    same = {**report["comparisons"][0], **plain(mcnemar(np.ones(5, bool), np.ones(5, bool)))}
    report["comparisons"] = [same]
    assert same["interval"] == [None, None]
    console = Console(record=True, width=160, file=io.StringIO())
    for table in tables(report):
        console.print(table)
    said = console.export_text().partition("McNemar")[2]
    assert "nan" not in said
    assert re.search(r"reader / happy\W+0\W+0\W+0\.0000[^\w-]+-[^\w-]+1\W+exact", said)
    classifier_report.write(report, tmp_path / "report.html")
    assert ">-<" in (tmp_path / "report.html").read_text("utf-8").split("McNemar")[1].partition("</table>")[0]


def test_groups_are_scored_apart(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("row,light\n0,day\n1,day\n4,night\n", "utf-8")
    groups = run(groups=path)["classifiers"]["reader"]["groups"]["light"]
    assert {name: (row["samples"], row["accuracy"]) for name, row in groups.items()} == {
        "day": (2, 1.0),
        "night": (1, 0.0),
        "(not given)": (2, 1.0),
    }


def test_progress_is_told() -> None:
    told: list[str] = []
    evaluation.evaluate(
        ["reader"], Settings(data="faces", split="Some", time=False), lambda what, *_: told.append(what)
    )
    assert told == [
        "Reading Faces Some",
        "Seeking duplicates within Some",
        "Seeking duplicates in Train",
        "Scoring reader",
    ]


def test_the_time_is_measured_for_one_face_and_for_many() -> None:
    times = run(time=True)["classifiers"]["reader"]["ms_per_face"]
    assert list(times) == ["1", "64"]
    assert all(0 < row["median"] <= row["p95"] for row in times.values())


def invoke(*words: str) -> "typer.testing.Result":
    return CliRunner().invoke(
        command.app,
        [
            "classifier",
            "reader",
            "--data",
            "faces",
            "--split",
            "Some",
            "--no-time",
            "--resamples",
            "20",
            *words,
        ],
    )


def test_the_command_shows_tables() -> None:
    result = invoke("happy")
    assert result.exit_code == 0, result.output
    for text in ("Faces Some, 5 pictures", "reader by label", "McNemar", "sad as angry 1 (50 %)", "0.8000"):
        assert text in result.stdout
    assert "Leakage: 1 of 5 pictures stand in Train" in result.stdout


def test_the_command_writes_only_json_to_stdout() -> None:
    result = invoke("--json", "-")
    assert json.loads(result.stdout)["classifiers"]["reader"]["accuracy"] == pytest.approx(0.8)
    assert "0.8000" in result.stderr


def test_the_command_writes_json_plots_and_page(tmp_path: Path) -> None:
    with (tmp_path / "groups.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([("row", "light"), (0, "<day>")])
    files = ("--json", str(tmp_path / "é.json"), "--report", str(tmp_path / "é.html"))
    result = invoke("--plots", str(tmp_path / "é"), "--groups", str(tmp_path / "groups.csv"), *files)
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "é.json").read_text("utf-8"))["samples"] == 5
    drawn = sorted(path.name for path in (tmp_path / "é").iterdir())
    assert drawn == ["confusion.png", "labels.png", "reliability.png", "roc.png"]
    page = (tmp_path / "é.html").read_text("utf-8")
    assert "&lt;day&gt;" in page
    assert "<day>" not in page


@pytest.mark.parametrize(
    ("option", "name"), [("--report", "none/é.html"), ("--report", ""), ("--plots", "file")]
)
def test_what_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str
) -> None:
    (tmp_path / "file").write_text("taken", "utf-8")
    monkeypatch.setattr(Faces, "load", lambda *_: pytest.fail("read"))
    result = invoke(option, str(tmp_path / name))
    assert isinstance(result.exception, UsageError)
    assert option in str(result.exception) or "No plots can go to" in str(result.exception)


def test_the_command_says_where_nothing_is_confused() -> None:
    row = {**run("happy")["classifiers"]["happy"], "most_confused": []}
    report = {**run("happy"), "classifiers": {"happy": row}}
    said = [str(table) for table in tables(report)]
    assert "most confused: nothing\n" in said
