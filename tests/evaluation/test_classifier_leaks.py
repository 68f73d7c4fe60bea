"""Which copies and uses an evaluation of classifiers finds and states."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import face_sets
from evaluation.made_classifiers import MADE, Faces, Reader, card, run
from mien import registry
from mien.datasets.base import Samples
from mien.datasets.ckplus48 import CkPlus48
from mien.datasets.fer2013 import Fer2013
from mien.datasets.folder import Folder
from mien.evaluation.classifier_leaks import Lesson, as_text, audited, learned_from, lessons, uses
from mien.evaluation.leakage import Part, part_of


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
    report = run()
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


def test_a_lesson_without_its_part_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reader, "card", card(("", "learning")))
    assert "Copies in Faces were not sought: the card does not say" in run()["leakage"]["note"]
