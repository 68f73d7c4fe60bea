from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_faces import made_face, turned
from mien import landmarks68
from mien.errors import BadOption
from mien.measures import pose as module
from mien.measures._head import HEAD_5, HEAD_68, RIGID, Head, rotation
from mien.measures.pose import HeadPose, pose
from mien.types import Box, Face, Floats, Frame, Pose

PICTURE = Frame(np.zeros((4, 4, 3), np.uint8))
rolls, yaws, pitches = st.floats(-170, 170), st.floats(-80, 80), st.floats(-80, 80)


def seen(head: Head, roll: float, yaw: float, pitch: float, scale: float = 40) -> Floats:
    """The points of ``head`` on a picture, turned by degrees."""
    turn = rotation(*np.radians([roll, yaw, pitch]))[:2]
    return np.asarray(scale * head.shape @ turn.T + (300, 200), np.float32)


def seen_68(roll: float, yaw: float, pitch: float) -> Floats:
    points = np.zeros((68, 2), np.float32)
    points[list(RIGID)] = seen(HEAD_68, roll, yaw, pitch)
    return points


def as_array(found: Pose | None) -> Floats:
    assert found is not None
    return np.array([found.roll, found.yaw, found.pitch], np.float32)


@given(rolls, yaws, pitches)
def test_known_angles_come_back_from_68_points(roll: float, yaw: float, pitch: float) -> None:
    np.testing.assert_allclose(as_array(pose(seen_68(roll, yaw, pitch))), (roll, yaw, pitch), atol=0.05)


@given(rolls, yaws, pitches)
def test_known_angles_come_back_from_five_points(roll: float, yaw: float, pitch: float) -> None:
    found = as_array(pose(seen(HEAD_5, roll, yaw, pitch)))
    np.testing.assert_allclose(found, (roll, yaw, pitch), atol=0.05)


def test_a_frontal_face_is_at_rest() -> None:
    np.testing.assert_allclose(as_array(pose(made_face())), 0, atol=4)


def test_the_signs_are_those_of_the_type() -> None:
    """A nose to the right, a nose up, and a right eye below the left one."""
    face, nose = made_face(), [28, 29, 30, 31, 32, 33, 34, 35]
    right, up = face.copy(), face.copy()
    right[nose, 0] += 12
    up[nose, 1] -= 12
    assert as_array(pose(right))[1] > 10
    assert as_array(pose(up))[2] > 10
    assert as_array(pose(turned(face, 20)))[0] == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("expression", [{"mouth_open": 40}, {"smile": 10}, {"brows_up": 15}])
def test_an_expression_hardly_moves_the_head(expression: dict[str, float]) -> None:
    np.testing.assert_allclose(as_array(pose(made_face(**expression))), as_array(pose(made_face())), atol=4)


@given(rolls, yaws, pitches)
def test_a_mirror_negates_roll_and_yaw(roll: float, yaw: float, pitch: float) -> None:
    points = seen_68(roll, yaw, pitch)
    plain, mirrored = as_array(pose(points)), as_array(pose(landmarks68.mirrored(points, 640)))
    np.testing.assert_allclose(mirrored, plain * (-1, -1, 1), atol=0.1)


@given(st.integers(0, 2**32 - 1), st.floats(-50, 50), st.floats(-30, 30))
def test_trembling_points_never_flip_a_head(seed: int, yaw: float, pitch: float) -> None:
    points = seen_68(0, yaw, pitch)
    points += np.random.default_rng(seed).normal(0, 1.2, points.shape)  # 3 % of the distance of the eyes
    assert np.abs(as_array(pose(points)) - (0, yaw, pitch)).max() < 15


@pytest.mark.parametrize("bad", [np.zeros((68, 2)), np.full((5, 2), 7.0), np.full((68, 2), np.nan)])
def test_points_that_are_no_face_have_no_pose(bad: Floats) -> None:
    assert pose(bad.astype(np.float32)) is None


def test_other_numbers_of_points_are_refused() -> None:
    with pytest.raises(BadOption, match=r"\(98, 2\)"):
        pose(np.zeros((98, 2), np.float32))


def test_the_measure_takes_what_is_known_first(monkeypatch: pytest.MonkeyPatch) -> None:
    box, five, many = Box(0, 0, 9, 9), seen(HEAD_5, 5, 0, 0), seen_68(0, 20, 0)
    measure = HeadPose().measure
    assert measure(PICTURE, Face(box, 1.0, five, many)) == pytest.approx((0, 20, 0), abs=0.05)
    assert np.isnan(measure(PICTURE, Face(box, 1.0))).all()
    monkeypatch.setattr(module, "pose", None)  # what is known is not computed again
    assert measure(PICTURE, Face(box, 1.0, five, many, pose=Pose(1, 2, 3))) == (1, 2, 3)


def test_a_detectors_points_are_no_pose() -> None:
    """On real faces their pitch had nothing to do with the head's."""
    assert HeadPose.needs_landmarks
    assert np.isnan(HeadPose().measure(PICTURE, Face(Box(0, 0, 9, 9), 1.0, seen(HEAD_5, 5, 0, 0)))).all()


@pytest.mark.data
def test_real_faces_agree_with_their_mirror_pictures_and_five_points(data_folder: Path) -> None:
    stored = np.load(data_folder / "landmarks68" / "landmarks68.npz")
    points = stored["points"][stored["split"] == "val"]
    plain = np.stack([as_array(pose(each)) for each in points])
    mirrored = np.stack([as_array(pose(landmarks68.mirrored(each, 150))) for each in points])
    five = np.stack([as_array(pose(landmarks68.five_points(each))) for each in points])
    np.testing.assert_allclose(mirrored, plain * (-1, -1, 1), atol=0.01)
    assert (np.abs(five - plain).mean(axis=0) < 2).all()
    frontal = np.abs(plain[:, 1]) < 10
    assert abs(plain[frontal, 2].mean()) < 1
