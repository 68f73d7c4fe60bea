"""ExpW's photographs as scenes, and sets of face crops as such."""

from pathlib import Path

import numpy as np
import pytest

import face_sets
from mien.errors import SourceError, UnknownName
from mien.labels import FER7
from mien.scenes.base import open_scenes
from mien.scenes.crops import Crops
from mien.scenes.expw import ExpW


def test_expw_gathers_the_faces_of_a_picture(tmp_path: Path) -> None:
    face_sets.expw(tmp_path)
    reading = ExpW(str(tmp_path / "expw")).load()
    assert [scene.path.name for scene in reading.scenes] == ["a face 0.jpg", "a face 1.jpg"]
    assert [[each.category for each in scene.boxes] for scene in reading.scenes] == [
        ["angry", "happy"],
        ["happy", "neutral"],
    ]
    assert reading.scenes[0].boxes[1].box.as_tuple() == (45, 10, 75, 45)
    assert reading.scenes[0].boxes[1].attributes == {"confidence": "low"}
    assert not any(scene.boxes_complete for scene in reading.scenes)
    assert reading.published["faces"] == 91_793


def test_expw_names_what_cannot_be_used(tmp_path: Path) -> None:
    built = face_sets.expw(tmp_path)
    with (built.own / "label.lst").open("a", encoding="utf-8") as file:
        file.write("gone.jpg 0 1 2 30 40 50 3\na face 0.jpg 2 40 30 30 40 50 3\nbroken line\n")
    reading = ExpW(str(tmp_path)).read()
    assert [fault.kind for fault in reading.faults] == ["bad line", "empty box", "missing picture"]
    assert len(reading.scenes) == 2
    with pytest.raises(SourceError, match="1 x missing picture"):
        ExpW(str(tmp_path)).load()


def test_a_relative_path_is_one_within_the_first_folder_that_has_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (there / "val").mkdir(parents=True)
    here.mkdir()
    assert open_scenes("wider:val", here, there).path == there / "val"
    (here / "val").mkdir()
    assert open_scenes("wider:val", here, there).path == here / "val"
    assert open_scenes("wider:absent", here, there).path == here / "absent"
    assert open_scenes("wider:val").path == Path("val")


def test_a_crop_is_a_picture_of_one_face(tmp_path: Path) -> None:
    face_sets.fer2013(tmp_path)
    scenes = open_scenes("crops:fer2013,split=PublicTest", tmp_path).load().scenes
    assert len(scenes) == 3
    for place, scene in enumerate(scenes):
        (given,) = scene.boxes
        assert given.box.as_tuple() == (0, 0, 48, 48)
        assert given.category == FER7[place]
        assert scene.image().shape == (48, 48, 3)
        assert scene.source == "crops fer2013"
    assert np.ptp(scenes[0].image()) > 0
    assert len({scene.path for scene in scenes}) == 3


def test_crops_come_from_the_data_folder_and_the_first_part_unless_others_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    face_sets.fer2013(tmp_path)
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    assert len(Crops("fer2013").load().scenes) == 5
    with pytest.raises(UnknownName, match="PublicTest"):
        Crops("fer2013", split="val").load()


def test_crops_that_leaked_or_are_blank_are_left_out(tmp_path: Path) -> None:
    built = face_sets.fer2013(tmp_path)
    face_sets.write(built.own / "row_flags.csv", ["row,exact_dup_in_training", "5,1"])
    with (built.own / "fer2013.csv").open("a", encoding="utf-8") as file:
        file.write(f"3,{' '.join(['9'] * 48 * 48)},PublicTest\n")
    assert len(Crops(str(tmp_path / "fer2013"), split="PublicTest").load().scenes) == 2


def test_crops_that_show_no_face_are_left_out(tmp_path: Path) -> None:
    built = face_sets.ferplus(tmp_path)
    votes = built.own / "fer2013new.csv"
    lines = votes.read_text("utf-8").splitlines()
    lines[1 + 5] = "PublicTest,fer0000005.png,0,0,0,0,0,0,0,0,0,10"
    face_sets.write(votes, lines)
    assert len(Crops(str(tmp_path / "fer2013"), split="PublicTest").load().scenes) == 2


@pytest.mark.parametrize(
    ("name", "part", "side"), [("rafdb", "test", 100), ("expw_relabelled", "all", 112), ("ferplus", "", 48)]
)
def test_other_sets_of_crops_are_pictures_of_one_face_too(
    tmp_path: Path, name: str, part: str, side: int
) -> None:
    built = face_sets.BUILDERS[name](tmp_path)
    scenes = open_scenes(f"crops:{name}" + (f",split={part}" if part else ""), tmp_path).load().scenes
    assert len(scenes) == built.counts.get(part, len(scenes))
    assert {scene.image().shape for scene in scenes} == {(side, side, 3)}
    assert {scene.boxes[0].box.as_tuple() for scene in scenes} == {(0, 0, side, side)}
    assert all(scene.boxes_complete and len(scene.boxes) == 1 for scene in scenes)


def test_broken_rows_are_faults(tmp_path: Path) -> None:
    built = face_sets.fer2013(tmp_path)
    with (built.own / "fer2013.csv").open("a", encoding="utf-8") as file:
        file.write("3,1 2 3,PublicTest\n")
    text = f"crops:{tmp_path / 'fer2013'},split=PublicTest"
    with pytest.raises(SourceError, match="1 x bad row"):
        open_scenes(text).load()
    assert len(open_scenes(f"{text},skip_faults=true").load().scenes) == 3


def test_a_name_that_is_no_data_set_is_an_error() -> None:
    with pytest.raises(SourceError, match="fer2013"):
        Crops("faces").load()
