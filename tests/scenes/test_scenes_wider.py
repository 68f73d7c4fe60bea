from pathlib import Path

import numpy as np
import pytest

from mien import imageops
from mien.errors import SourceError, UnknownName
from mien.scenes import wider
from mien.scenes.base import open_scenes
from mien.types import Box

LABELLED = """0--Parade/0_Parade_a_1.jpg
2
10 20 30 40 1 0 0 0 2 0
5 5 12 14 0 0 0 1 0 0
0--Parade/0_Parade_none_2.jpg
0
0 0 0 0 0 0 0 0 0 0
1--Handshaking/1_Handshaking_b_3.jpg
2
1 2 0 4 2 0 0 0 0 0
7 8 9 10 0 1 1 0 1 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """WIDER FACE as it is published, with three pictures in val and one in test."""
    (tmp_path / "wider_face_split").mkdir()
    lists = tmp_path / "wider_face_split"
    (lists / "wider_face_val_bbx_gt.txt").write_text(LABELLED, "utf-8")
    (lists / "wider_face_test_filelist.txt").write_text("0--Parade/0_Parade_c_9.jpg\n", "utf-8")
    names = [line for line in LABELLED.splitlines() if line.endswith(".jpg")]
    for split, names_here in (("val", names), ("test", ["0--Parade/0_Parade_c_9.jpg"])):
        for name in names_here:
            path = tmp_path / f"WIDER_{split}" / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(imageops.encode(np.zeros((64, 64, 3), np.uint8)))
    return tmp_path


def test_the_published_layout_is_read(folder: Path) -> None:
    reading = open_scenes(f"wider:{folder}").load()
    assert [len(scene.boxes) for scene in reading.scenes] == [2, 0, 2]
    first, second = reading.scenes[0].boxes
    assert first.box == Box(10, 20, 40, 60)
    assert first.attributes["blur"] == 1
    assert first.attributes["occlusion"] == 2
    assert (first.ignore, second.ignore) == (False, True)  # the second is marked invalid
    assert [given.ignore for given in reading.scenes[2].boxes] == [True, False]  # the first is empty
    assert reading.published == {"pictures": 3226, "faces": 39708}


def test_the_test_split_has_pictures_alone(folder: Path) -> None:
    (scene,) = open_scenes(f"wider:{folder},split=test").load().scenes
    assert scene.boxes == ()
    assert not scene.boxes_complete


def test_missing_pictures_are_named(folder: Path) -> None:
    (folder / "WIDER_val" / "images" / "0--Parade" / "0_Parade_none_2.jpg").unlink()
    with pytest.raises(SourceError, match=r"1 x missing picture[^/]*0--Parade/0_Parade_none_2\.jpg"):
        open_scenes(f"wider:{folder}").load()
    assert len(open_scenes(f"wider:{folder},skip_faults=true").load().scenes) == 2


def test_what_is_there_stands_beside_what_is_published(folder: Path) -> None:
    found = wider.counts(folder)
    val = {"pictures": 3, "faces": 4, "files": 3, "published_pictures": 3226, "published_faces": 39708}
    assert found["val"] == val
    assert found["train"]["pictures"] is None
    assert found["test"] == {
        "pictures": 1, "faces": None, "files": 1, "published_pictures": 16097, "published_faces": None
    }  # fmt: skip
    assert found["all"] == {
        "pictures": 4, "faces": 4, "files": 4, "published_pictures": 32203, "published_faces": 393703
    }  # fmt: skip


def test_a_picture_without_faces_may_lack_its_line_of_zeros(tmp_path: Path) -> None:
    (tmp_path / "wider_face_val_bbx_gt.txt").write_text("a/b.jpg\n0\n\na/c.jpg\n1\n1 2 3 4\n", "utf-8")
    assert [(entry.name, len(entry.boxes)) for entry in wider.entries(tmp_path, "val")] == [
        ("a/b.jpg", 0),
        ("a/c.jpg", 1),
    ]


def test_names_are_the_bytes_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "wider_face_val_bbx_gt.txt").write_bytes(b"\xef\xbb\xbfa/caf\xe9.jpg\n1\n1 2 3 4\n")
    (entry,) = wider.entries(tmp_path, "val")
    assert entry.name.encode("utf-8", "surrogateescape") == b"a/caf\xe9.jpg"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a/b.jpg\n2\n1 2 3 4\n", "line 4: x, y, width and height"),
        ("a/b.jpg\n1\n1 2 3\n", "line 3: x, y, width and height"),
        ("a/b.jpg\nmany\n", "line 2: the number of faces"),
        ("a/b.jpg\n", "line 2: the number of faces"),
        ("a/b.jpg\n-2\n", "line 2: -2 is no number of faces"),
        ("1 2 3 4\n", "line 1: '1 2 3 4' is not the name of a picture"),
    ],
)
def test_a_broken_list_is_said_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "wider_face_val_bbx_gt.txt").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=reason):
        list(wider.entries(tmp_path, "val"))


def test_an_absent_set_and_an_unknown_split_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file 'wider_face_split/wider_face_val_bbx_gt\.txt'"):
        open_scenes(f"wider:{tmp_path}").load()
    with pytest.raises(UnknownName, match="split of WIDER FACE"):
        open_scenes(f"wider:{tmp_path},split=vall")
