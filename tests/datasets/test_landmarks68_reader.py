from pathlib import Path

import numpy as np
import pytest

from face_points import write_set
from mien.datasets import _landmarks68
from mien.errors import SourceError, UnknownName


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return write_set(tmp_path, train=4, val=2)


def test_a_part_is_read_with_its_pictures(stored: Path) -> None:
    part = _landmarks68.load("train", stored)
    assert len(part) == 4
    assert part.people == ("train_0", "train_0", "train_1", "train_1")
    assert part.points.shape == (4, 68, 2)
    assert part.points.dtype == np.float32
    assert part.image(3).shape == (120, 120, 3)


def test_the_data_folder_is_the_default(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_DATA", str(stored.parent))
    assert len(_landmarks68.load("val")) == 2


def test_an_unknown_part_is_refused_with_the_valid_ones(stored: Path) -> None:
    with pytest.raises(UnknownName, match="Valid: train, val"):
        _landmarks68.load("test", stored)


def test_absent_data_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        _landmarks68.load("val", tmp_path / "nowhere")


def test_a_missing_picture_is_named(stored: Path) -> None:
    (stored / "images" / "val_1.png").unlink()
    with pytest.raises(SourceError, match=r"val_1\.png"):
        _landmarks68.load("val", stored).image(1)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", b"text"])
def test_a_foreign_file_is_refused(stored: Path, data: bytes) -> None:
    (stored / "landmarks68.npz").write_bytes(data)
    with pytest.raises(SourceError, match="Cannot read"):
        _landmarks68.load("val", stored)


def test_a_file_without_people_is_refused(stored: Path) -> None:
    np.savez(stored / "landmarks68.npz", name=np.array(["a"]), split=np.array(["val"]))
    with pytest.raises(SourceError, match="person"):
        _landmarks68.load("val", stored)


@pytest.mark.parametrize("shape", [(2, 68, 2), (1, 5, 2), (1, 68)])
def test_points_of_another_shape_are_refused(stored: Path, shape: tuple[int, ...]) -> None:
    one = {"name": np.array(["a"]), "person": np.array(["b"]), "split": np.array(["val"])}
    np.savez(stored / "landmarks68.npz", **one, points=np.zeros(shape, np.float32))
    with pytest.raises(SourceError, match=r"\(N, 68, 2\)"):
        _landmarks68.load("val", stored)


@pytest.mark.data
def test_the_real_set_has_its_counts_and_no_person_twice(data_folder: Path) -> None:
    train, val = (_landmarks68.load(part, data_folder / "landmarks68") for part in ("train", "val"))
    assert (len(train), len(val)) == (3341, 398)
    assert not set(train.people) & set(val.people)


@pytest.mark.parametrize(("value", "rows"), [(np.nan, "1, 3"), (np.inf, "1, 3")])
def test_points_that_are_no_numbers_are_refused_by_row(stored: Path, value: float, rows: str) -> None:
    with np.load(stored / "landmarks68.npz") as kept:
        arrays = dict(kept)
    arrays["points"][[1, 3], 5, 1] = value
    np.savez(stored / "landmarks68.npz", **arrays)
    with pytest.raises(SourceError, match=rf"rows \(from 0\) {rows}\."):
        _landmarks68.load("train", stored)


def test_points_of_another_type_are_refused(stored: Path) -> None:
    with np.load(stored / "landmarks68.npz") as kept:
        arrays = dict(kept)
    np.savez(stored / "landmarks68.npz", **{**arrays, "points": arrays["points"].astype(str)})
    with pytest.raises(SourceError, match="Give numbers"):
        _landmarks68.load("train", stored)
