import shutil
from pathlib import Path

import pytest

import face_sets
from mien.datasets import _check
from mien.errors import UnknownName


def small(folder: Path) -> Path:
    """CK+48 with one picture stored under three names, one of them as another expression; and a blank one."""
    own = face_sets.ckplus48(folder).own
    first = own / "anger" / "S010_000_00000017.png"
    shutil.copy(first, own / "anger" / "S099_000_00000001.png")
    shutil.copy(first, own / "happy" / "S099_000_00000002.png")
    blank = face_sets.np.zeros((48, 48), face_sets.np.uint8)
    ok, data = face_sets.cv2.imencode(".png", blank)
    assert ok
    (own / "happy" / "S099_000_00000003.png").write_bytes(data.tobytes())
    return own


def test_numbers_stand_beside_the_published_ones(tmp_path: Path) -> None:
    found = _check.check("ckplus48", str(face_sets.ckplus48(tmp_path).own))
    (part,) = found.parts
    assert part.counts["angry"] == 12
    assert part.published["angry"] == 135
    assert (part.total, part.published_total) == (36, 981)
    assert part.kinds() == {}
    assert found.usable


def test_blank_and_repeated_pictures_are_told_but_do_not_stop(tmp_path: Path) -> None:
    found = _check.check("ckplus48", str(small(tmp_path)))
    kinds = found.parts[0].kinds()
    assert {kind: what["count"] for kind, what in kinds.items()} == {
        "blank picture": 1,
        "repeated picture": 1,
        "repeated with another label": 1,
    }
    (text,) = kinds["repeated with another label"]["examples"]
    assert "happy/S099_000_00000002.png" in text
    assert text.endswith("happy, angry")
    assert found.usable


def test_a_serious_fault_makes_it_unusable(tmp_path: Path) -> None:
    own = face_sets.rafdb(tmp_path).own
    face_sets.damage(own)
    found = _check.check("rafdb", str(own))
    assert not found.usable
    test = next(part for part in found.parts if not part.sound)
    assert test.kinds()["unreadable picture"]["serious"]
    assert test.total == 2


def test_a_part_that_is_not_there_does_not(tmp_path: Path) -> None:
    own = face_sets.fer2013(tmp_path).own
    lines = (own / "fer2013.csv").read_text().splitlines()
    face_sets.write(own / "fer2013.csv", [line for line in lines if not line.endswith("PrivateTest")])
    found = _check.check("fer2013", str(own))
    assert found.usable
    assert "no PrivateTest rows" in found.parts[2].problem
    assert found.parts[2].published_total == 3589


def test_an_empty_folder_is_unusable(tmp_path: Path) -> None:
    found = _check.check("fer2013", str(tmp_path))
    assert not found.usable
    assert all("no file fer2013.csv" in part.problem for part in found.parts)


def test_leaked_rows_are_counted(tmp_path: Path) -> None:
    own = face_sets.fer2013(tmp_path).own
    header = "row,row_exact,label_ambiguous,exact_dup_in_training"
    face_sets.write(own / "row_flags.csv", [header, "6,1,0,1", "7,1,0,1", "1,1,0,0"])
    assert [part.leaked for part in _check.check("fer2013", str(own)).parts] == [0, 2, 0]


def test_many_faults_are_counted_and_some_shown(tmp_path: Path) -> None:
    rows = [face_sets.fer_row(9, row, "Training") for row in range(15)]
    face_sets.write(tmp_path / "fer2013.csv", ["emotion,pixels,Usage", *rows])
    kinds = _check.check("fer2013", str(tmp_path)).parts[0].kinds()
    assert kinds["bad row"]["count"] == 15
    assert len(kinds["bad row"]["examples"]) == _check.EXAMPLES


def test_options_of_the_name_are_kept(tmp_path: Path) -> None:
    own = face_sets.kdef(tmp_path).own
    found = _check.check("kdef:views=S,side=30", str(own))
    assert found.parts[0].total == 9
    assert found.parts[0].published_total == 980


def test_whole_photographs_are_not_searched_for_faces(tmp_path: Path) -> None:
    assert _check.check("kdef", str(face_sets.kdef(tmp_path).own)).parts[0].total == 27


def test_progress_names_the_parts(tmp_path: Path) -> None:
    told: list[str] = []
    _check.check("rafdb", str(face_sets.rafdb(tmp_path).own), told.append)
    assert told == ["train", "test"]


def test_an_unknown_set_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean"):
        _check.check("ckpluss")


def test_faults_that_were_to_be_skipped_keep_nobody(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "happy" / "0.png")
    face_sets.put(tmp_path / "bored" / "0.png")
    assert not _check.check("folder", str(tmp_path)).usable
    assert _check.check("folder:skip_faults=true", str(tmp_path)).usable


def test_one_serious_fault_makes_its_kind_serious(tmp_path: Path) -> None:
    (tmp_path / "Aempty").mkdir()
    for name in ("bored", "happy"):
        face_sets.put(tmp_path / name / "0.png")
    kind = _check.check("folder", str(tmp_path)).parts[0].kinds()["unknown label"]
    assert (kind["count"], kind["serious"]) == (2, True)


def test_where_nothing_is_left_when_faults_are_skipped_nothing_can_be_used(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "happy" / "0.png").write_bytes(b"x")
    found = _check.check("folder:skip_faults=true", str(tmp_path))
    assert (found.usable, found.as_dict()["parts"][0]["absent"]) == (False, False)
