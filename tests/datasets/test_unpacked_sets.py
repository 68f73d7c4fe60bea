"""Sets as they lie after they were unpacked, copied and looked through: none of that changes what is read."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import face_sets
from mien import registry
from mien.datasets.base import Dataset
from mien.datasets.ckplus48 import CkPlus48
from mien.datasets.folder import Folder
from mien.errors import SourceError


def opened(name: str, built: face_sets.Built) -> Dataset:
    dataset: Dataset = registry.load("datasets", name, folder=str(built.own), **built.options)
    return dataset


def read(dataset: Dataset) -> list[tuple[list[int], list[str]]]:
    """Rows and faults of each part."""
    readings = (dataset.read(split) for split in dataset.splits)
    return [(each.samples.rows.tolist(), [fault.what for fault in each.faults]) for each in readings]


def littered(own: Path) -> None:
    """Leave in every folder what macOS, Windows and notebooks do."""
    folders = [own, *(path for path in own.rglob("*") if path.is_dir())]
    for path in [path for path in own.rglob("*") if path.is_file()]:
        path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        \xff")
    for folder in folders:
        for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
            (folder / name).write_bytes(b"\0\1")


@pytest.mark.parametrize("name", face_sets.BUILDERS)
def test_what_systems_leave_changes_nothing(name: str, tmp_path: Path) -> None:
    built = face_sets.BUILDERS[name](tmp_path)
    before, tallies = read(opened(name, built)), opened(name, built).tallies()
    littered(built.own)
    assert read(opened(name, built)) == before
    assert opened(name, built).tallies() == tallies


def test_annotations_of_macos_are_none(tmp_path: Path) -> None:
    built = face_sets.affectnet_folders(tmp_path)
    littered(built.own)
    assert all(not faults for _, faults in read(opened("affectnet", built)))


@pytest.mark.parametrize("name", [".ipynb_checkpoints", "__MACOSX"])
def test_copies_in_a_programs_own_folder_are_no_pictures(name: str, tmp_path: Path) -> None:
    face_sets.put(tmp_path / "happy" / "one.png")
    shutil.copytree(tmp_path / "happy", tmp_path / "happy" / name)
    assert read(Folder(str(tmp_path))) == [([0], [])]


def test_a_folder_within_one_of_its_own_name_is_the_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = face_sets.ckplus48(tmp_path / "CK+48").own
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    (own.parent / ".DS_Store").write_bytes(b"\0")
    (own.parent / "__MACOSX").mkdir()
    assert CkPlus48().root == own
    face_sets.put(own.parent / "happy" / "S010_004_00000017.png", 48, 48, colour=False)
    assert CkPlus48().root == own.parent  # the set lies here, and what is within is something else


def test_accents_are_the_same_however_they_are_written(tmp_path: Path) -> None:
    face_sets.put(tmp_path / "train" / "w\u00fctend" / "1.png")
    face_sets.put(tmp_path / "val" / "wu\u0308tend" / "2.png")  # as archives made on macOS have it
    assert Folder(str(tmp_path), classes="own").labels == ("w\u00fctend",)


def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    face_sets.put(tmp_path / "happy" / "1.png")
    closed = face_sets.put(tmp_path / "sad" / "1.png").parent
    scan = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceError, match=r"Cannot read the folder '.*sad': Permission denied\. Allow"):
        Folder(str(tmp_path)).load("all")
