"""Labelling by people and teacher, and the pictures kept on the disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_discs import DISC, DrawnTeacher, drawn

from mien import imageops
from mien.scenes.base import GivenBox, MadeScene, Scene, open_scenes
from mien.training.detection.pictures import DRAWN, label, prepare
from mien.types import Box, Floats, Image

pytestmark = pytest.mark.train


def boxes(*given: tuple[float, ...]) -> Floats:
    return np.array(given, np.float32).reshape(-1, 4)


def test_a_box_that_the_teacher_confirms_takes_the_teachers_box_and_points() -> None:
    found = label(drawn(), boxes((36, 28, 84, 92)), DrawnTeacher())
    assert found.trust.tolist() == [1]
    np.testing.assert_allclose(found.boxes[0], DISC, atol=2)
    assert not np.isnan(found.points).any()


def test_a_face_that_only_the_teacher_sees_counts_as_much_as_it_is_sure() -> None:
    found = label(drawn(), boxes(), DrawnTeacher())
    assert found.trust.tolist() == pytest.approx([0.7])


def test_a_box_that_only_people_drew_counts_little_and_only_in_a_faces_shape() -> None:
    given = boxes((100, 10, 130, 50), (100, 60, 150, 70), (2, 2, 6, 7))
    found = label(drawn(disc=None), given, DrawnTeacher())
    assert found.trust.tolist() == pytest.approx([DRAWN, 0, 0])
    assert np.isnan(found.points).all()


def test_nothing_given_and_nothing_seen_is_no_face() -> None:
    assert len(label(drawn(disc=None), boxes(), DrawnTeacher())) == 0


def test_pictures_come_back_as_they_were_and_are_labelled_once(set_folder: Path) -> None:
    scenes = open_scenes(f"coco:{set_folder / 'discs' / 'train.coco.json'}").load().scenes
    teacher = DrawnTeacher()
    pictures = prepare(scenes, teacher, set_folder / "cache")
    looks = DrawnTeacher.looks
    again = prepare(scenes, teacher, set_folder / "cache")
    assert DrawnTeacher.looks == looks
    assert len(again) == 6
    assert again.sources == ("even", "odd") * 3
    assert [len(faces) for faces in again.faces] == [1] * 5 + [0]
    album = pictures.open()
    for number, scene in enumerate(scenes):
        np.testing.assert_array_equal(album.image(number), scene.image())
    prepare(scenes[:3], teacher, set_folder / "cache")
    assert DrawnTeacher.looks > looks


def test_another_teacher_labels_anew(set_folder: Path) -> None:
    scenes = open_scenes(f"coco:{set_folder / 'discs' / 'train.coco.json'}").load().scenes
    first = prepare(scenes, DrawnTeacher(), set_folder / "cache")
    looks = DrawnTeacher.looks
    assert prepare(scenes, DrawnTeacher("another"), set_folder / "cache").path != first.path
    assert DrawnTeacher.looks > looks


def test_nothing_is_learnt_of_boxes_that_are_to_be_ignored() -> None:
    lone = label(drawn(disc=None), boxes(), DrawnTeacher(), boxes((100, 10, 130, 50)))
    assert lone.trust.tolist() == [0]
    crowd = boxes((0, 0, 160, 128))
    assert label(drawn(), boxes(), DrawnTeacher(), crowd).trust.tolist() == [0, 0]
    np.testing.assert_array_equal(label(drawn(), boxes(DISC), DrawnTeacher(), crowd).trust, [1, 0])


def test_ignored_boxes_of_a_set_are_kept_as_such(set_folder: Path) -> None:
    (scene,) = open_scenes(f"coco:{set_folder / 'discs' / 'val.coco.json'}").load().scenes[:1]
    crowd = replace(scene, boxes=(GivenBox(scene.boxes[0].box, ignore=True),))
    pictures = prepare([scene, crowd], DrawnTeacher(), set_folder / "cache")
    assert [faces.trust.max() for faces in pictures.faces] == [1, 0]


def test_what_changes_a_picture_or_its_boxes_labels_anew(set_folder: Path) -> None:
    def path(*scenes: Scene, made_by: str = "") -> Path:
        return prepare(scenes, DrawnTeacher(), set_folder / "cache", made_by).path

    scene = Scene(set_folder / "own.png", (GivenBox(Box(*DISC)),), "street")
    scene.path.write_bytes(imageops.encode(drawn(), ".png"))
    ignored = replace(scene, boxes=(GivenBox(Box(*DISC), ignore=True),))
    found = {path(scene), path(replace(scene, source="studio")), path(ignored)}
    scene.path.write_bytes(imageops.encode(drawn(5), ".png"))
    found.add(path(scene))
    assert len(found) == 4
    made = MadeScene(Path("composed/0.png"), make=drawn)
    assert path(made, made_by="composed:a") != path(made, made_by="composed:a,emblems=1")


def test_a_labelling_that_is_cut_short_leaves_nothing_to_be_read(set_folder: Path) -> None:
    scenes = open_scenes(f"coco:{set_folder / 'discs' / 'train.coco.json'}").load().scenes
    kept = prepare(scenes, DrawnTeacher(), set_folder / "cache").path.read_bytes()

    class Cut(DrawnTeacher):
        def faces(self, picture: Image, lowest: float) -> tuple[Floats, Floats, Floats]:
            raise KeyboardInterrupt

    for labels in (set_folder / "cache").glob("*.npz"):
        labels.unlink()
    with pytest.raises(KeyboardInterrupt):
        prepare(scenes, Cut(), set_folder / "cache")
    (pixels,) = (set_folder / "cache").glob("*.pixels")
    assert pixels.read_bytes() == kept
