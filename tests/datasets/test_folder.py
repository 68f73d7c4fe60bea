from pathlib import Path

import pytest

import face_sets
from mien.datasets import _check
from mien.datasets.base import Absent
from mien.datasets.folder import Folder
from mien.errors import BadOption, SourceError, UnknownName
from mien.labels import FER7


def faces(folder: Path, *classes: str, count: int = 2) -> Path:
    for name in classes:
        for number in range(count):
            face_sets.put(folder / name / f"{number}.png")
    return folder


def test_folders_are_known_by_many_words(tmp_path: Path) -> None:
    faces(tmp_path, "Anger", "joy", "SAD", "surprised", "fearful")
    dataset = Folder(str(tmp_path))
    samples = dataset.load("all")
    assert dataset.splits == ("all",)
    assert {FER7[target] for target in samples.targets} == {"angry", "happy", "sad", "surprise", "fear"}
    assert samples.rows.tolist() == list(range(10))
    assert samples.subjects is None


def test_parts_are_folders_by_their_usual_names(tmp_path: Path) -> None:
    faces(tmp_path / "training", "happy", count=3)
    faces(tmp_path / "valid", "happy")
    dataset = Folder(str(tmp_path))
    assert dataset.splits == ("train", "val")
    assert (len(dataset.load("train")), len(dataset.load("val"))) == (3, 2)


def test_a_folder_of_no_expression_is_named(tmp_path: Path) -> None:
    faces(tmp_path, "happy", "contempt")
    with pytest.raises(SourceError, match=r"unknown label: folder 'contempt' with 2 pictures\. Valid: angry"):
        Folder(str(tmp_path)).load("all")
    assert len(Folder(str(tmp_path), classes="fer8").load("all")) == 4
    assert len(Folder(str(tmp_path), skip_faults=True).load("all")) == 2


def test_own_words_may_be_used(tmp_path: Path) -> None:
    faces(tmp_path / "train", "bored", "anger")
    faces(tmp_path / "val", "bored", "curious")
    dataset = Folder(str(tmp_path), classes="own")
    assert dataset.labels == ("angry", "bored", "curious")
    assert dataset.load("val").targets.tolist() == [1, 1, 2, 2]


def test_an_unknown_label_set_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean fer7"):
        Folder(classes="fer77")


def test_hidden_files_and_other_files_are_no_pictures(tmp_path: Path) -> None:
    faces(tmp_path, "happy", ".git", "__MACOSX")
    (tmp_path / "happy" / "._0.png").write_bytes(b"x")
    (tmp_path / "happy" / "notes.txt").write_bytes(b"x")
    assert len(Folder(str(tmp_path)).load("all")) == 2


def test_an_empty_folder_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"there are no pictures for its part 'all'.*FOLDER/angry"):
        Folder(str(tmp_path)).load("all")


def test_only_faults_are_counted_in_the_message(tmp_path: Path) -> None:
    faces(tmp_path, "nonsense")
    with pytest.raises(SourceError, match="but 1 x unknown label"):
        Folder(str(tmp_path)).load("all")


def test_parts_can_be_drawn(tmp_path: Path) -> None:
    faces(tmp_path, "happy", "sad", count=10)
    dataset = Folder(str(tmp_path), split_by="stratified")
    parts = {split: dataset.load(split) for split in dataset.splits}
    assert [len(part) for part in parts.values()] == [16, 2, 2]
    assert sorted(row for part in parts.values() for row in part.rows) == list(range(20))
    assert all((part.targets == FER7.index("sad")).mean() == 0.5 for part in parts.values())


def test_people_cannot_be_drawn_where_nobody_knows_them(tmp_path: Path) -> None:
    faces(tmp_path, "happy")
    with pytest.raises(BadOption, match="Use split_by=stratified"):
        Folder(str(tmp_path), split_by="subject").load("train")


def test_other_ways_to_draw_are_refused() -> None:
    with pytest.raises(BadOption, match="split_by=random"):
        Folder(split_by="random")


def test_pictures_in_no_class_folder_are_named(tmp_path: Path) -> None:
    faces(tmp_path / "train", "happy")
    face_sets.put(tmp_path / "train" / "forgotten.png")
    reading = Folder(str(tmp_path)).read("train")
    assert len(reading.samples) == 2
    (fault,) = reading.faults
    assert (fault.kind, fault.what) == ("picture without a label", "'forgotten.png' lies in no class folder")
    assert not fault.serious


def test_pictures_without_any_class_folder_say_why_there_are_none(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "one.png")
    with pytest.raises(SourceError, match="but 1 x picture without a label"):
        Folder(str(tmp_path)).load("all")


def test_one_folder_is_called_otherwise_than_another_but_not_where_it_lies(tmp_path: Path) -> None:
    assert Folder(str(tmp_path / "mine")).called == "Folder of pictures 'mine'"
    assert Folder(str(tmp_path / "mine")).title == Folder(str(tmp_path / "yours")).title


def test_pictures_beside_the_parts_are_named(tmp_path: Path) -> None:
    faces(tmp_path, "happy", "holidays")
    faces(tmp_path / "train", "happy", "sad")
    reading = Folder(str(tmp_path)).read("train")
    assert len(reading.samples) == 4
    assert {(fault.kind, fault.serious) for fault in reading.faults} == {("outside the parts", False)}
    assert [fault.what for fault in reading.faults] == [
        "folder 'happy' with 2 pictures lies beside train",
        "folder 'holidays' with 2 pictures lies beside train",
    ]


def test_of_two_folders_for_a_part_the_unread_one_is_named(tmp_path: Path) -> None:
    faces(tmp_path / "val", "happy")
    faces(tmp_path / "validation", "happy")
    (fault,) = Folder(str(tmp_path)).read("val").faults
    assert fault.what == "folder 'validation' with 2 pictures lies beside val"


def test_a_part_that_is_not_there_is_absent_and_a_broken_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(Absent, match="no folder train"):
        Folder(str(tmp_path / "none")).load("train")
    faces(tmp_path / "train", "happy")
    faces(tmp_path / "val", "Angri")
    with pytest.raises(Absent, match="no folder test"):
        Folder(str(tmp_path)).load("test")
    with pytest.raises(SourceError, match="unknown label: folder 'Angri' with 2 pictures") as broken:
        Folder(str(tmp_path)).load("val")
    assert not isinstance(broken.value, Absent)
    assert not _check.check("folder", str(tmp_path)).usable


def test_parts_of_a_folder_that_has_none_are_unknown_not_absent(tmp_path: Path) -> None:
    faces(tmp_path, "happy")
    with pytest.raises(UnknownName, match="Valid: all"):
        Folder(str(tmp_path)).load("train")


def test_parts_that_are_there_are_not_drawn_anew(tmp_path: Path) -> None:
    faces(tmp_path / "train", "happy")
    with pytest.raises(BadOption, match=r"has parts of its own, train\. Leave it out"):
        Folder(str(tmp_path), split_by="stratified").load("train")


def test_pictures_of_other_kinds_are_named_and_empty_folders_harmless(tmp_path: Path) -> None:
    faces(tmp_path, "happy")
    (tmp_path / "happy" / "one.gif").write_bytes(b"x")
    (tmp_path / "Contempt").mkdir()
    reading = Folder(str(tmp_path)).read("all")
    assert [fault.kind for fault in reading.faults] == ["unknown label", "picture of another kind"]
    assert not any(fault.serious for fault in reading.faults)
    assert len(Folder(str(tmp_path)).load("all")) == 2


def test_drawn_parts_are_called_by_what_they_follow_from(tmp_path: Path) -> None:
    faces(tmp_path, "happy", "sad", count=10)
    one, two = (Folder(str(tmp_path), split_by="stratified", seed=seed).called for seed in (0, 1))
    assert one == f"Folder of pictures '{tmp_path.name}', parts drawn by expression, seed 0"
    assert two != one
    faces(tmp_path / "train", "happy")  # now nothing is drawn
    assert Folder(str(tmp_path), split_by="stratified").called == Folder(str(tmp_path)).called
