import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

import face_sets
from mien import registry

Mien = Callable[..., Result]


def test_every_set_is_listed(mien: Mien) -> None:
    result = mien("data", "list")
    assert result.exit_code == 0
    for name in registry.names("datasets"):
        assert name in result.stdout


def test_the_list_is_json_too(mien: Mien, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face_sets.jaffe(tmp_path)
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    found = {entry["name"]: entry for entry in json.loads(mien("data", "list", "--json").stdout)}
    assert sorted(found) == registry.names("datasets")
    assert found["jaffe"]["there"]
    assert not found["kdef"]["there"]
    assert found["jaffe"]["pictures"] == 213
    assert found["jaffe"]["folder"] == str(tmp_path / "jaffe")


def test_a_sound_set_is_shown_beside_the_published_numbers(mien: Mien, tmp_path: Path) -> None:
    result = mien("data", "check", "ckplus48", face_sets.ckplus48(tmp_path).own)
    assert result.exit_code == 0
    assert "12 / 135 *" in result.stdout
    assert "36 / 981 *" in result.stdout
    assert "CK+48 can be used." in result.stdout


def test_what_else_is_published_is_counted(mien: Mien, tmp_path: Path) -> None:
    own = face_sets.ckplus(tmp_path).own
    assert "sequences: 4 / 593 *" in mien("data", "check", "ckplus", own).stdout
    found = json.loads(mien("data", "check", "ckplus", own, "--json").stdout)
    assert found["tallies"]["people"] == {"found": 3, "published": 123}


def test_the_data_folder_is_where_sets_are_sought(
    mien: Mien, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    face_sets.jaffe(tmp_path)
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    assert "21 / 213" in mien("data", "check", "jaffe").stdout


def test_faults_are_named_and_end_with_1(mien: Mien, tmp_path: Path) -> None:
    own = face_sets.ckplus48(tmp_path).own
    damaged = face_sets.damage(own)
    result = mien("data", "check", "ckplus48", own)
    assert result.exit_code == 1
    assert "all: 1 x unreadable picture (serious)" in result.stdout
    assert damaged.name in result.stdout.replace("\n", "")
    assert "cannot be used as it is" in result.stdout.replace("\n", " ")


def test_many_faults_are_counted(mien: Mien, tmp_path: Path) -> None:
    rows = [face_sets.fer_row(9, row, "Training") for row in range(14)]
    face_sets.write(tmp_path / "fer2013.csv", ["emotion,pixels,Usage", *rows])
    result = mien("data", "check", "fer2013", tmp_path)
    assert result.exit_code == 1
    assert "Training: 14 x bad row (serious)" in result.stdout
    assert "and 4 more" in result.stdout


def test_an_absent_set_ends_with_1_and_says_what_is_expected(mien: Mien, tmp_path: Path) -> None:
    result = mien("data", "check", "jaffe", tmp_path)
    assert result.exit_code == 1
    assert "Expected: jaffe/KA.AN1.39.tiff" in result.stdout.replace("\n", " ")


def test_json_holds_the_same(mien: Mien, tmp_path: Path) -> None:
    own = face_sets.fer2013(tmp_path).own
    header = "row,row_exact,label_ambiguous,exact_dup_in_training"
    face_sets.write(own / "row_flags.csv", [header, "6,1,0,1"])
    found = json.loads(mien("data", "check", "fer2013", own, "--json").stdout)
    assert found["usable"]
    assert found["parts"][0]["counts"]["angry"] == {"found": 1, "published": 3995}
    assert found["parts"][1]["total"] == {"found": 3, "published": 3589}
    assert found["parts"][1]["leaked"] == 1
    assert "leaked" in mien("data", "check", "fer2013", own).stdout


def test_an_unknown_set_is_wrong_usage(mien: Mien) -> None:
    result = mien("data", "check", "jafe")
    assert result.exit_code == 2
    assert "Did you mean jaffe" in result.stderr


def test_skipping_is_no_advice_where_it_would_leave_nothing(tmp_path: Path, mien: Mien) -> None:
    face_sets.write(tmp_path / "fer2013.csv", ["emotion,pixels,Usage", "0,1 2 3,Training"])
    result = mien("data", "check", "fer2013", tmp_path)
    assert result.exit_code == 1
    assert result.stdout.rstrip().endswith("FER2013 cannot be used.")
