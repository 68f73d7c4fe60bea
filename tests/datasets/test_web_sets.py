"""RAF-DB, ExpW and AffectNet: lists of faces from the web."""

from pathlib import Path

import numpy as np
import pytest

import face_sets
from mien import imageops, prepare
from mien.artifact import CropSpec
from mien.datasets.affectnet import AffectNet
from mien.datasets.expw import ExpW
from mien.datasets.expw_relabelled import ExpWRelabelled
from mien.datasets.rafdb import RafDb
from mien.datasets.rafdb_compound import RafDbCompound
from mien.errors import SourceError
from mien.labels import COMPOUND11, FER7, FER8
from mien.types import Box


def test_raf_dbs_codes_are_its_own(tmp_path: Path) -> None:
    samples = RafDb(str(face_sets.rafdb(tmp_path).own)).load("train")
    expected = ["surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"]
    assert [FER7[target] for target in samples.targets] == expected
    assert samples.images.shape == (7, 100, 100, 3)
    assert samples.rows.tolist() == list(range(7))
    assert RafDb(str(tmp_path)).load("test").rows.tolist() == [7, 8, 9]


def test_raf_dbs_attributes_are_groups(tmp_path: Path) -> None:
    groups = RafDb(str(face_sets.rafdb(tmp_path).own)).load("train").groups
    assert groups["gender"].tolist()[:3] == ["female", "unsure", "male"]
    assert groups["race"].tolist()[:3] == ["Asian", "Caucasian", "African-American"]
    assert groups["age"].tolist()[:5] == ["4-19", "20-39", "40-69", "70+", "0-3"]


def test_compound_expressions_have_codes_and_attributes_of_their_own(tmp_path: Path) -> None:
    samples = RafDbCompound(str(face_sets.rafdb_compound(tmp_path).own)).load("train")
    assert [COMPOUND11[target] for target in samples.targets] == list(COMPOUND11)
    assert samples.groups["gender"].tolist()[:3] == ["female", "unsure", "male"]
    assert {"race", "age"} < set(samples.groups)


def test_raf_db_does_without_attributes(tmp_path: Path) -> None:
    own = face_sets.rafdb(tmp_path).own
    for path in (own / "Annotation" / "manual").iterdir():
        path.unlink()
    assert RafDb(str(own)).load("train").groups == {}


@pytest.mark.parametrize("text", ["1 2 3", "\xff" * 13])
def test_broken_attributes_are_told_and_left_out(tmp_path: Path, text: str) -> None:
    own = face_sets.rafdb(tmp_path).own
    path = own / "Annotation" / "manual" / "train_00002_manu_attri.txt"
    path.write_text(text, encoding="latin-1")
    reading = RafDb(str(own)).read("train")
    (fault,) = reading.faults
    assert (fault.kind, fault.what, fault.serious) == ("bad attributes", path.name, False)
    assert reading.samples.groups["age"][1] == ""


def test_raf_dbs_originals_are_cut_by_their_boxes(tmp_path: Path) -> None:
    own = face_sets.rafdb(tmp_path).own
    for number in range(1, 4):
        face_sets.put(own / "Image" / "original" / f"test_{number:04}.jpg", 120, 90)
        face_sets.write(
            own / "Annotation" / "boundingbox" / f"test_{number:04}_boundingbox.txt", ["20 10 60 50 "]
        )
    samples = RafDb(str(own), aligned=False, side=40).load("test")
    whole = imageops.read(own / "Image" / "original" / "test_0001.jpg")
    assert np.array_equal(samples.images[0], whole[10:50, 20:60])


def test_a_missing_box_names_its_file(tmp_path: Path) -> None:
    own = face_sets.rafdb(tmp_path).own
    with pytest.raises(SourceError, match="3 x bad box"):
        RafDb(str(own), aligned=False).read("test")


def test_raf_db_is_read_from_folders_of_codes_too(tmp_path: Path) -> None:
    own = tmp_path / "DATASET"
    for part in ("train", "test"):
        for code in (1, 7):
            face_sets.put(own / part / str(code) / f"{part}_{code:05}_aligned.jpg", 100, 100)
    dataset = RafDb(str(tmp_path))
    assert [FER7[target] for target in dataset.load("train").targets] == ["surprise", "neutral"]
    face_sets.put(own / "train" / "8" / "x.jpg")
    with pytest.raises(SourceError, match=r"folder '8'\. Valid: 1 to 7"):
        dataset.load("train")


@pytest.mark.parametrize("line", ["train_00001.jpg 8", "train_00001.jpg", "train_00001.jpg happy"])
def test_a_line_without_a_code_is_named(tmp_path: Path, line: str) -> None:
    own = face_sets.rafdb(tmp_path).own
    path = own / "EmoLabel" / "list_patition_label.txt"
    face_sets.write(path, [*path.read_text().splitlines(), line])
    with pytest.raises(SourceError, match=f"line 11: '{line}'"):
        RafDb(str(own)).load("train")


def test_a_line_of_no_part_is_named(tmp_path: Path) -> None:
    own = face_sets.rafdb(tmp_path).own
    path = own / "EmoLabel" / "list_patition_label.txt"
    face_sets.write(path, [*path.read_text().splitlines(), "", "tain_00001.jpg 1"])
    with pytest.raises(SourceError, match=r"part unknown.*line 12: 'tain_00001\.jpg 1'"):
        RafDb(str(own)).load("test")


def test_raf_dbs_list_may_hold_tabs_and_windows_line_ends(tmp_path: Path) -> None:
    own = face_sets.rafdb(tmp_path).own
    path = own / "EmoLabel" / "list_patition_label.txt"
    path.write_bytes(path.read_bytes().replace(b" ", b"\t").replace(b"\n", b"\r\n"))
    assert len(RafDb(str(own)).load("train")) == 7


def test_raf_dbs_numbers_add_up() -> None:
    assert RafDb().totals == {"train": 12_271, "test": 3_068}
    assert RafDb().published["train"]["happy"] == 4772
    assert sum(RafDbCompound().totals.values()) == 3_954


def test_expw_cuts_each_face_out_of_its_picture(tmp_path: Path) -> None:
    own = face_sets.expw(tmp_path).own
    samples = ExpW(str(own), side=35).load("all")
    assert [FER7[target] for target in samples.targets] == ["angry", "happy", "happy", "neutral"]
    first = imageops.read(own / "image" / "origin" / "a face 0.jpg")
    expected = prepare.crop(first, Box(45, 10, 75, 45), CropSpec())
    assert np.array_equal(samples.images[1], imageops.resize(expected, 35, 35))
    assert samples.groups["confidence"].tolist() == ["low", "low", "high", "high"]
    assert sum(ExpW().published["all"].values()) == 91_793


def test_a_wider_cut_shows_more(tmp_path: Path) -> None:
    own = face_sets.expw(tmp_path).own
    first = imageops.read(own / "image" / "origin" / "a face 0.jpg")
    expected = prepare.crop(first, Box(5, 10, 35, 45), CropSpec(1.4))
    assert np.array_equal(ExpW(str(own), side=49, scale=1.4).load("all").images[0], expected)


@pytest.mark.parametrize("line", ["a.jpg 0 1 2 3 4 5 7", "a.jpg 0 1 2 3 4 5", "a.jpg 0 1 x 3 4 5 6"])
def test_a_broken_line_of_expw_is_named(tmp_path: Path, line: str) -> None:
    own = face_sets.expw(tmp_path).own
    path = own / "label.lst"
    face_sets.write(path, [*path.read_text().splitlines(), line])
    with pytest.raises(SourceError, match=f"line 5 of label.lst: '{line}'"):
        ExpW(str(own)).load("all")


def test_boxes_outside_are_faults_and_those_over_the_edge_are_not(tmp_path: Path) -> None:
    own = face_sets.expw(tmp_path).own
    name = "a face 0.jpg"
    boxes = ["-5 -5 40 40", "10 95 130 60", "30 30 30 50"]
    face_sets.write(own / "label.lst", [f"{name} {place} {box} 50 3" for place, box in enumerate(boxes)])
    reading = ExpW(str(own)).read("all")
    assert [(fault.kind, fault.serious) for fault in reading.faults] == [
        ("box partly outside", False),
        ("box outside the picture", True),
        ("box outside the picture", True),
    ]
    assert reading.samples.rows.tolist() == [0]


def test_relabelled_crops_take_the_majority(tmp_path: Path) -> None:
    own = face_sets.expw_relabelled(tmp_path).own
    samples = ExpWRelabelled(str(own)).load("all")
    assert [FER7[target] for target in samples.targets] == ["neutral", "happy"]
    assert samples.rows.tolist() == [0, 1]
    kept = ExpWRelabelled(str(own), contempt=True).load("all")
    assert [FER8[target] for target in kept.targets] == ["neutral", "happy", "contempt"]
    assert ExpWRelabelled().totals == {"all": 87_305}


def test_relabelled_crops_need_no_header_and_name_broken_lines(tmp_path: Path) -> None:
    own = face_sets.expw_relabelled(tmp_path).own
    lines = (own / "label_expw.csv").read_text().splitlines()[1:]
    face_sets.write(own / "label_expw.csv", [*lines, "angry_9.png,(0 0),1,2"])
    with pytest.raises(SourceError, match=r"label_expw\.csv line 5: angry_9"):
        ExpWRelabelled(str(own)).load("all")
    assert ExpWRelabelled(str(own), skip_faults=True).load("all").rows.tolist() == [0, 1]


def test_a_broken_first_row_of_relabelled_crops_is_no_header(tmp_path: Path) -> None:
    own = face_sets.expw_relabelled(tmp_path).own
    lines = (own / "label_expw.csv").read_text().splitlines()[1:]
    face_sets.write(own / "label_expw.csv", ["angry_9.png,(0 0),1,2", *lines])
    (fault,) = ExpWRelabelled(str(own)).read("all").faults
    assert fault.what.startswith("label_expw.csv line 1: angry_9")


def test_affectnets_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    own = face_sets.affectnet(tmp_path).own
    path = own / "Manually_Annotated_file_lists" / "training.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()]
    face_sets.write(path, [",".join([*row[:6], *row[7:], row[6]]) for row in rows])
    samples = AffectNet(str(own)).load("training")
    assert [FER8[target] for target in samples.targets] == ["neutral", "happy", "contempt", "angry"]
    face_sets.write(path, [",".join(row[:6]) for row in rows])
    with pytest.raises(SourceError, match="has no column 'expression'"):
        AffectNet(str(own)).load("training")


@pytest.mark.parametrize("box", ["nan,10,40,44", "0,0,200000,200000"])
def test_an_absurd_box_is_a_fault_of_its_row(tmp_path: Path, box: str) -> None:
    own = face_sets.affectnet(tmp_path).own
    path = own / "Manually_Annotated_file_lists" / "training.csv"
    path.write_text(path.read_text() + f"0/training.jpg,{box},1.5,1,0,0\n")
    reading = AffectNet(str(own)).read("training")
    assert len(reading.samples) == 4
    assert reading.faults[-1].kind == "bad box"
    assert reading.faults[-1].serious


def test_affectnet_leaves_out_what_is_no_expression(tmp_path: Path) -> None:
    own = face_sets.affectnet(tmp_path).own
    dataset = AffectNet(str(own), side=44)
    samples = dataset.load("training")
    assert [FER8[target] for target in samples.targets] == ["neutral", "happy", "contempt", "angry"]
    assert samples.rows.tolist() == [0, 1, 2, 5]
    picture = imageops.read(own / "Manually_Annotated_Images" / "0" / "training.jpg")
    cut = prepare.crop(picture, Box(8, 10, 48, 54), CropSpec())
    assert np.array_equal(samples.images[0], imageops.resize(cut, 44, 44))
    assert [FER8[target] for target in dataset.load("validation").targets] == ["sad", "surprise"]


def test_affectnet_goes_without_contempt(tmp_path: Path) -> None:
    dataset = AffectNet(str(face_sets.affectnet(tmp_path).own), contempt=False)
    assert dataset.labels == FER7
    assert len(dataset.load("training")) == 3
    assert dataset.totals == {"training": 283_901, "validation": 3_500}
    assert AffectNet().totals == {"training": 287_651, "validation": 4_000}


@pytest.mark.parametrize("row", ["a.jpg,1,2,3,4,,11,0,0", "a.jpg,1,2,x,4,,1,0,0", "a.jpg,1"])
def test_a_broken_row_of_affectnet_is_named(tmp_path: Path, row: str) -> None:
    own = face_sets.affectnet(tmp_path).own
    path = own / "Manually_Annotated_file_lists" / "validation.csv"
    face_sets.write(path, [*path.read_text().splitlines(), row])
    with pytest.raises(SourceError, match=r"bad row: validation\.csv row 2"):
        AffectNet(str(own)).load("validation")


def test_affectnets_folders_are_read_too(tmp_path: Path) -> None:
    built = face_sets.affectnet_folders(tmp_path)
    dataset = AffectNet(str(built.own))
    assert [FER8[target] for target in dataset.load("training").targets] == ["neutral", "disgust", "contempt"]
    assert [FER8[target] for target in dataset.load("validation").targets] == ["fear"]


def test_a_picture_without_its_annotation_is_named(tmp_path: Path) -> None:
    own = face_sets.affectnet_folders(tmp_path).own
    (own / "train_set" / "annotations" / "1_exp.npy").unlink()
    with pytest.raises(SourceError, match=r"unknown label: 1\.jpg"):
        AffectNet(str(own)).load("training")


def test_a_missing_list_says_what_is_sought(tmp_path: Path) -> None:
    own = face_sets.affectnet(tmp_path).own
    (own / "Manually_Annotated_file_lists" / "validation.csv").unlink()
    with pytest.raises(SourceError, match=r"neither a file validation\.csv nor val_set/annotations"):
        AffectNet(str(own)).load("validation")


def test_a_list_in_another_encoding_costs_its_odd_lines_alone(tmp_path: Path) -> None:
    own = face_sets.expw(tmp_path).own
    data = (own / "label.lst").read_bytes()
    (own / "label.lst").write_bytes(data + b"caf\xe9.jpg 0 10 5 35 45 20.5 3\n")
    reading = ExpW(str(own)).read("all")
    assert len(reading.samples) == 4
    assert [fault.kind for fault in reading.faults] == ["missing picture"]


def test_a_code_that_affectnet_does_not_have_is_named_with_those_it_has(tmp_path: Path) -> None:
    own = face_sets.affectnet(tmp_path).own
    path = own / "Manually_Annotated_file_lists" / "training.csv"
    path.write_text(path.read_text() + "0/training.jpg,8,10,40,44,1.5,11,0,0\n0/training.jpg,8,10,40,44\n")
    faults = AffectNet(str(own)).read("training").faults
    assert [fault.what for fault in faults] == [
        "training.csv row 6: expression 11. Valid: 0 to 10",
        "training.csv row 7: it ends before the column 'expression'",
    ]


def test_an_empty_annotation_of_affectnet_is_a_fault(tmp_path: Path) -> None:
    own = face_sets.affectnet_folders(tmp_path).own
    (own / "train_set" / "annotations" / "0_exp.npy").write_bytes(b"")
    np.save(own / "train_set" / "annotations" / "1_exp.npy", np.empty(0))
    reading = AffectNet(str(own)).read("training")
    assert len(reading.samples) == 1
    assert [fault.what.partition(":")[0] for fault in reading.faults] == ["0.jpg", "1.jpg"]
    assert "holds 0 numbers" in reading.faults[1].what


def test_annotations_that_say_nothing_or_of_nothing_are_faults(tmp_path: Path) -> None:
    own = face_sets.affectnet_folders(tmp_path).own
    top = own / "train_set" / "annotations"
    np.save(top / "0_exp.npy", 2.7)
    (top / "1_exp.npy").write_bytes(b"no array")
    np.save(top / "9_exp.npy", 1)
    reading = AffectNet(str(own)).read("training")
    assert len(reading.samples) == 1
    assert [fault.serious for fault in reading.faults] == [True, True, False]
    assert [fault.what for fault in reading.faults] == [
        "0.jpg: 0_exp.npy holds 2.7, no whole number",
        "1.jpg: 1_exp.npy holds no array of numbers",
        "9_exp.npy has none in train_set/images",
    ]


def test_blank_lines_of_a_table_are_no_rows(tmp_path: Path) -> None:
    lists = [
        face_sets.affectnet(tmp_path).own / "Manually_Annotated_file_lists" / "training.csv",
        face_sets.expw_relabelled(tmp_path).own / "label_expw.csv",
    ]
    for path in lists:
        path.write_text(path.read_text() + "\n\n")
    assert AffectNet(str(tmp_path)).read("training").faults == ()
    assert ExpWRelabelled(str(tmp_path)).read("all").faults == ()


@pytest.mark.parametrize(
    "line",
    [",x,0,9,0,0,0,0,0,0,0,0", f"a.png,x,{10**30},9,0,0,0,0,0,0,0,0", "a.png,x,\u00b2,9,0,0,0,0,0,0,0,0"],
)
def test_a_relabelled_row_without_a_name_or_votes_is_named(tmp_path: Path, line: str) -> None:
    path = face_sets.expw_relabelled(tmp_path).own / "label_expw.csv"
    path.write_text(f"{path.read_text()}{line}\n", encoding="utf-8")
    reading = ExpWRelabelled(str(tmp_path)).read("all")
    assert [(fault.kind, fault.what) for fault in reading.faults] == [
        ("bad row", f"label_expw.csv line 6: {line}")
    ]
    assert reading.samples.rows.tolist() == [0, 1]


def test_annotations_that_are_no_single_number_are_faults(tmp_path: Path) -> None:
    own = face_sets.affectnet_folders(tmp_path).own
    top = own / "train_set" / "annotations"
    np.savez(top / "several.npz", 3)
    (top / "several.npz").rename(top / "0_exp.npy")
    np.save(top / "1_exp.npy", np.datetime64("2020-01-01"))
    (top / "2_exp.npy").write_bytes(b"PK\3\4 a broken archive")
    with pytest.raises(SourceError, match="3 x unknown label") as refused:
        AffectNet(str(own)).load("training")
    assert "1_exp.npy holds 2020-01-01, no number" in str(refused.value)


def test_a_folder_with_an_odd_sign_is_no_code_of_raf_db(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "rafdb" / "train" / "\u00b2" / "x.jpg", 100, 100)
    with pytest.raises(SourceError, match="unknown label: folder '\u00b2'"):
        RafDb(str(tmp_path)).load("train")
