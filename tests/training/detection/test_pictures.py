"""Labelling by people and teacher, and the pictures kept on the disk."""

from pathlib import Path

import numpy as np
import pytest
from made_discs import DISC, DrawnTeacher, drawn

from mien.scenes.base import open_scenes
from mien.training.detection.pictures import DRAWN, label, prepare
from mien.types import Floats

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
