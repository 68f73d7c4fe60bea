"""JAFFE, KDEF, AKDEF and RaFD: what their file names say."""

from pathlib import Path

import pytest

import face_sets
from mien.datasets.akdef import Akdef
from mien.datasets.jaffe import Jaffe
from mien.datasets.kdef import Kdef
from mien.datasets.rafd import Rafd
from mien.errors import BadOption
from mien.labels import FER7, FER8


def test_jaffes_names_tell_person_and_expression(tmp_path: Path) -> None:
    own = tmp_path / "jaffe"
    for name in ("KA.AN1.39.tiff", "UY.FE2.150.tiff", "NM.SU1.101.tiff"):
        face_sets.put(own / name, 256, 256, colour=False)
    samples = Jaffe(str(own), detector="").load("all")
    assert [FER7[target] for target in samples.targets] == ["angry", "surprise", "fear"]
    assert samples.subjects is not None
    assert samples.subjects.tolist() == ["KA", "NM", "UY"]
    assert Jaffe().totals == {"all": 213}


def test_a_misnamed_picture_is_noted_and_left_out(tmp_path: Path) -> None:
    own = face_sets.jaffe(tmp_path).own
    face_sets.put(own / "KA.XX1.39.tiff", 256, 256, colour=False)
    reading = Jaffe(str(own), detector="").read("all")
    assert [(fault.kind, fault.what) for fault in reading.faults] == [("other file name", "KA.XX1.39.tiff")]
    assert len(Jaffe(str(own), detector="").load("all")) == 21


def test_kdefs_names_tell_series_sex_actor_expression_and_view(tmp_path: Path) -> None:
    own = tmp_path / "kdef"
    for name in ("AF01AFS.JPG", "BF01NEFL.JPG", "AM35DIHR.JPG"):
        face_sets.put(own / name[:4] / name, 56, 76)
    samples = Kdef(str(own), detector="").load("all")
    assert [FER7[target] for target in samples.targets] == ["fear", "disgust", "neutral"]
    assert samples.subjects is not None
    assert samples.subjects.tolist() == ["F01", "M35", "F01"]  # both series are the same person
    assert samples.groups["view"].tolist() == ["straight", "half right", "full left"]
    assert samples.groups["gender"].tolist() == ["female", "male", "female"]
    assert samples.groups["series"].tolist() == ["A", "A", "B"]


def test_views_can_be_chosen(tmp_path: Path) -> None:
    dataset = Kdef(str(face_sets.kdef(tmp_path).own), detector="", views="s+hr")
    assert set(dataset.load("all").groups["view"]) == {"straight", "half right"}
    assert Kdef().totals == {"all": 4900}
    assert Kdef(views="S").totals == {"all": 980}
    with pytest.raises(BadOption, match=r"'X' is not known. Valid: all, or some of FL"):
        Kdef(views="S+X")


def test_akdef_has_a_mean_woman_and_a_mean_man(tmp_path: Path) -> None:
    samples = Akdef(str(face_sets.akdef(tmp_path).own), detector="").load("all")
    assert samples.subjects is not None
    assert sorted(set(samples.subjects)) == ["female", "male"]
    assert Akdef().totals == {"all": 70}


def test_akdef_leaves_kdefs_pictures_alone(tmp_path: Path) -> None:
    face_sets.kdef(tmp_path)
    face_sets.akdef(tmp_path)
    assert len(Akdef(str(tmp_path / "AKDEF"), detector="").load("all")) == 6
    assert len(Kdef(str(tmp_path), detector="").load("all")) == 27  # found in its folder KDEF


def test_rafds_names_tell_all(tmp_path: Path) -> None:
    own = face_sets.rafd(tmp_path).own
    samples = Rafd(str(own), detector="", views="090").load("all")
    assert [FER8[target] for target in samples.targets] == ["angry", "contempt", "fear"] * 2
    assert samples.groups["people"].tolist() == ["Caucasian"] * 3 + ["Moroccan"] * 3
    assert samples.groups["gender"].tolist() == ["female"] * 3 + ["male"] * 3
    assert set(samples.groups["gaze"]) == {"frontal"}
    assert samples.subjects is not None
    assert sorted(set(samples.subjects)) == ["01", "45"]


def test_rafd_goes_without_contempt(tmp_path: Path) -> None:
    dataset = Rafd(str(face_sets.rafd(tmp_path).own), detector="", contempt=False)
    assert dataset.labels == FER7
    assert len(dataset.load("all")) == 8
    assert Rafd().totals == {"all": 8040}
    assert dataset.totals == {"all": 7035}


def test_kdefs_two_names_cut_short_are_known(tmp_path: Path) -> None:
    own = tmp_path / "kdef"
    for name in ("AF31/AF31V.JPG", "AM31/AM31H.JPG"):  # as published
        face_sets.put(own / name, 56, 76)
    reading = Kdef(str(own), detector="").read("all")
    assert [FER7[target] for target in reading.samples.targets] == ["sad", "surprise"]
    assert reading.samples.groups["view"].tolist() == ["half left", "half right"]
    assert {fault.kind for fault in reading.faults} == {"other size"}
