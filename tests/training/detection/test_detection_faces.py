"""Faces and cells under the moves that composing makes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.training.detection.faces import Faces, joined, none
from mien.training.detection.maps import cell_at, cells_of

pytestmark = pytest.mark.train
sizes = st.integers(1, 8).map(lambda count: 32 * count)


def one(box: tuple[float, ...] = (10, 20, 30, 60), trust: float = 1.0) -> Faces:
    points = np.array([[14, 30], [26, 30], [20, 40], [15, 50], [25, 52]], np.float32)
    return Faces(np.array([box], np.float32), points[None], np.array([trust], np.float32))


@given(st.floats(20, 400))
def test_mirrored_twice_is_as_before(width: float) -> None:
    faces = one()
    again = faces.flipped(width).flipped(width)
    np.testing.assert_allclose(again.boxes, faces.boxes, atol=1e-3)
    np.testing.assert_allclose(again.points, faces.points, atol=1e-3)


def test_the_left_eye_stays_left_in_the_mirror() -> None:
    mirrored = one().flipped(100)
    assert mirrored.boxes.tolist() == [[70, 20, 90, 60]]
    assert mirrored.points[0, 0].tolist() == [74, 30]
    assert mirrored.points[0, 1].tolist() == [86, 30]
    assert mirrored.points[0, 0, 0] < mirrored.points[0, 1, 0]


@given(st.floats(0.1, 4), st.floats(-50, 50), st.floats(-50, 50))
def test_boxes_and_points_move_together(scale: float, x: float, y: float) -> None:
    moved = one().moved(scale, x, y)
    np.testing.assert_allclose(moved.boxes[0, :2], [10 * scale + x, 20 * scale + y], atol=1e-2)
    np.testing.assert_allclose(moved.points[0, 0], [14 * scale + x, 30 * scale + y], atol=1e-2)
    assert moved.heights[0] == pytest.approx(40 * scale, abs=1e-2)


def test_a_face_cut_by_the_window_loses_trust_and_one_outside_goes() -> None:
    assert one().seen(0, 0, 100, 100).trust.tolist() == [1]
    assert one().seen(25, 0, 100, 100).trust.tolist() == [0]
    assert len(one().seen(40, 0, 100, 100)) == 0


def test_joining_nothing_gives_no_faces() -> None:
    assert len(joined([])) == len(none()) == 0
    assert len(joined([one(), none(), one()])) == 2


@given(sizes, sizes)
def test_every_cell_is_found_again_at_its_middle(height: int, width: int) -> None:
    corners, strides = cells_of(height, width)
    assert len(corners) == sum((height // stride) * (width // stride) for stride in (8, 16, 32))
    for stride in (8, 16, 32):
        here = np.flatnonzero(strides == stride)
        middles = (corners[here] + 0.5) * stride
        assert cell_at(middles, stride, height, width).tolist() == here.tolist()


def test_places_outside_have_no_cell() -> None:
    places = np.array([[-1, 5], [5, -1], [64, 5], [5, 64]], np.float32)
    assert cell_at(places, 8, 64, 64).tolist() == [-1] * 4
