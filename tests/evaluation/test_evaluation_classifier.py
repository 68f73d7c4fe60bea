import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

import face_sets
from evaluation.made_classifiers import AlwaysHappy, Faces, Reader, WithContempt, card
from mien import registry
from mien.cli import evaluate as command
from mien.cli._classifier_tables import tables
from mien.datasets.base import Samples
from mien.datasets.ckplus48 import CkPlus48
from mien.datasets.fer2013 import Fer2013
from mien.datasets.folder import Folder
from mien.errors import BadOption, ModelError, UnknownName, UsageError
from mien.evaluation import classifier as evaluation
from mien.evaluation import classifier_report
from mien.evaluation.classifier import Settings
from mien.evaluation.classifier_leaks import Lesson, as_text, audited, learned_from, lessons, uses
from mien.evaluation.leakage import Part, part_of
from mien.evaluation.score import plain
from mien.evaluation.significance import mcnemar

MADE: dict[str, type] = {"reader": Reader, "happy": AlwaysHappy, "eight": WithContempt, "faces": Faces}


class Others(Faces):
    """What it has to learn from are the pictures that `Faces` tests on."""

    title = "Others"

    def load(self, split: str) -> Samples:
        return super().load("Some")


class Relabelled(Faces):
    """The same pictures under another title."""

    title, pictures_of = "Faces+", "Faces"


class Compound(Faces):
    """Other pictures, read by the same code."""

    title = "Faces, compound"


@pytest.fixture(autouse=True)
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda family, name: MADE[name]())


def run(*names: str, **options: Any) -> dict[str, Any]:
    settings = Settings(**{"data": "faces", "split": "Some", "time": False, "resamples": 50, **options})
    return evaluation.evaluate(names or ("reader",), settings)


def test_figures_follow_the_labels_not_the_columns() -> None:
    row = run()["classifiers"]["reader"]
    assert row["labels"] == ["angry", "happy", "sad"]
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["confusion"] == [[1, 0, 0], [0, 2, 0], [1, 0, 1]]
    assert row["support"] == [1, 2, 2]
    assert row["recall"] == [1.0, 1.0, 0.5]
    assert row["unsure"] == 0.0
    assert row["most_confused"] == [{"truth": "sad", "answer": "angry", "count": 1, "rate": 0.5}]


def test_the_audit_finds_copies_and_near_copies_in_what_the_card_names_for_learning() -> None:
    report = run()
    leakage = report["leakage"]
    assert (leakage["by"], leakage["against"]) == ("audit", ["Train"])
    assert (leakage["exact"], leakage["near"], leakage["conflicts"], leakage["marked"]) == (1, 1, 1, 1)
    row = report["classifiers"]["reader"]
    assert row["without_leaked"]["accuracy"] == 1.0
    assert (row["without_leaked"]["samples"], row["without_near"]["samples"]) == (4, 3)


def test_copies_within_the_part_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    some = Faces().load("Some")
    places = np.array([0, 1, 2, 3, 4, 0])
    twice = Samples(some.images[places], some.targets[places], np.arange(6))
    monkeypatch.setattr(Faces, "load", lambda *_: twice)
    report = run(against=("Some",))
    assert report["leakage"]["within"] == {"exact": 2, "near": 0}
    assert "Within Some, 2 have an exact copy, 0 a near one" in as_text(report)
    assert run(audit=False)["leakage"]["within"] is None


def test_pictures_of_another_set_that_were_learned_from_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set of one's own may hold pictures of the set that the model learned from."""
    monkeypatch.setattr(Reader, "card", card(("Train", "learning"), title="Others"))
    monkeypatch.setitem(MADE, "others", Others)
    monkeypatch.setattr(registry, "names", lambda family: ["faces", "others"])
    report = run()
    assert report["leakage"]["against"] == ["Others Train"]
    assert report["leakage"]["exact"] == 5
    assert report["classifiers"]["reader"]["without_leaked"]["samples"] == 0
    assert "5 of 5 pictures stand in Others Train" in as_text(report)


def test_a_set_that_was_learned_from_and_is_not_here_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "card", card(("Train", "learning"), title="Elsewhere"))
    monkeypatch.setattr(registry, "names", lambda family: ["faces"])
    leakage = run()["leakage"]
    assert (leakage["by"], leakage["against"]) == ("none", [])
    assert "Copies in Elsewhere Train were not sought: no reader" in leakage["note"]


def test_what_a_teacher_learned_from_is_searched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    taught = card(("Train", "learning"), ("Some", "learning of the teacher other"))
    monkeypatch.setattr(Reader, "card", taught)
    assert lessons(Reader()) == [Lesson("Faces", "Train"), Lesson("Faces", "Some")]


def test_a_set_that_labels_anothers_pictures_anew_has_its_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As FER+ does with FER2013's."""
    monkeypatch.setattr(registry, "names", lambda family: ["faces"])
    monkeypatch.setitem(MADE, "faces", Relabelled)
    (note,) = run(split="Train", audit=False)["classifiers"]["reader"]["notes"]
    assert note.startswith("It has learned from Train itself")
    monkeypatch.setitem(MADE, "faces", Compound)
    assert run(split="Train", audit=False)["classifiers"]["reader"]["notes"] == []


def test_another_folder_of_pictures_is_not_the_one_that_was_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, yours = (Folder(str(tmp_path / name)) for name in ("mine", "yours"))
    monkeypatch.setattr(Reader, "card", card(("all", "learning"), title=mine.called))
    assert uses(Reader(), mine, "all") == ["learning"]
    assert uses(Reader(), yours, "all") == []
    assert learned_from([Reader()], mine, "all") == ()
    assert learned_from([Reader()], yours, "all") == (Lesson(mine.called, "all"),)
    monkeypatch.setattr(registry, "names", lambda family: ["faces"])
    test = Part("all", Faces().load("Some"))
    leaks = audited(yours, test, [Lesson(mine.called, "all")], np.zeros(5, bool), lambda *_: None)
    assert leaks.note == (
        "Copies in Folder of pictures 'mine' all were not sought: no reader of expressions knows it."
    )


@pytest.mark.parametrize("scored", [{}, {"split_by": "subject", "seed": 4}])
def test_a_lesson_whose_parts_were_drawn_another_way_is_read_again(
    scored: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = face_sets.ckplus48(tmp_path).own
    monkeypatch.setattr(registry, "names", lambda family: ["faces"])
    data, learned = (CkPlus48(str(own), **how) for how in (scored, {"split_by": "subject", "seed": 3}))
    split = data.splits[-1]
    test = part_of(data, split, data.load(split))
    marked = np.zeros(len(test.samples), bool)
    leaks = audited(data, test, [Lesson(learned.called, "train")], marked, lambda *_: None)
    assert leaks.note == ""
    assert leaks.people  # the same people, drawn to another part
    assert leaks.exact.sum() >= len(leaks.people)


def test_a_lesson_that_cannot_be_drawn_anew_is_said(tmp_path: Path) -> None:
    for number in range(3):
        face_sets.put(tmp_path / "anger" / f"{number}.png", 48, 48)
    data = CkPlus48(str(tmp_path))
    test = part_of(data, "all", data.load("all"))
    lesson = Lesson("CK+48, parts drawn by subject, seed 3", "train")
    leaks = audited(data, test, [lesson], np.zeros(3, bool), lambda *_: None)
    assert "train could not be read: CK+48 does not say who is in its pictures" in leaks.note


def test_a_set_that_labels_anothers_pictures_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real sets
    own = face_sets.ferplus(tmp_path).own
    data, learned = Fer2013(str(own)), Lesson("FER+", "Training")
    test = part_of(data, "PublicTest", data.load("PublicTest"))
    leaks = audited(data, test, [learned], np.zeros(len(test.samples), bool), lambda *_: None)
    assert leaks.against == ("FER+ Training",)


def test_a_model_that_does_not_say_what_it_learned_from_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "card", card())
    report = run()
    assert report["leakage"]["against"] == ["Train"]  # the set's own first part
    (note,) = report["classifiers"]["reader"]["notes"]
    assert note.startswith("Nothing says what it learned from")


def test_without_an_audit_only_marked_copies_count() -> None:
    report = run(audit=False)
    assert report["leakage"]["by"] == "published"
    assert report["leakage"]["exact"] == 1
    assert report["classifiers"]["reader"]["without_leaked"]["samples"] == 4
    assert report["classifiers"]["reader"]["without_near"] is None


def test_marked_copies_are_no_leaks_for_a_model_that_learned_from_other_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(MADE, "relabelled", Relabelled)
    monkeypatch.setattr(registry, "names", lambda family: ["faces", "relabelled"])
    monkeypatch.setattr(Reader, "card", card(("all", "learning"), title="Others"))
    assert run(audit=False)["leakage"]["by"] == "none"
    assert run(audit=False)["classifiers"]["reader"]["without_leaked"] is None
    for data, title, part, marked in (
        ("faces", "Faces+", "Train", 1),  # the same pictures under others' labels
        ("relabelled", "Faces", "Train", 1),
        ("faces", "Faces", "Locked", 0),
    ):
        monkeypatch.setattr(Reader, "card", card((part, "learning"), title=title))
        assert run(data=data, audit=False)["leakage"]["exact"] == marked


def test_a_part_that_cannot_be_read_is_said() -> None:
    leakage = run(against=("Locked",))["leakage"]
    assert leakage["by"] == "none"
    assert "Locked could not be read" in leakage["note"]


def test_what_the_part_was_used_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run()["classifiers"]["reader"]["notes"] == [
        "Some served its selection: figures on pictures never used would be a little lower."
    ]
    (note,) = run(split="Train")["classifiers"]["reader"]["notes"]
    assert note.startswith("It has learned from Train itself")


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


def test_a_lesson_without_its_part_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "card", card(("", "learning")))
    assert "Copies in Faces were not sought: the card does not say" in run()["leakage"]["note"]


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
