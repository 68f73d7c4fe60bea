from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_faces import WIDTH, made_face, turned
from mien import landmarks68
from mien.measures.geometry import FaceGeometry, geometry
from mien.types import Box, Face, Floats, Frame

PICTURE = Frame(np.zeros((4, 4, 3), np.uint8))
COLUMNS = FaceGeometry.columns


def by_name(points: Floats) -> dict[str, float]:
    return dict(zip(COLUMNS, geometry(points).tolist(), strict=True))


@given(
    st.floats(-180, 180),
    st.floats(0.2, 10),
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    st.floats(0, 40),
    st.floats(-10, 10),
)
def test_place_size_and_roll_do_not_count(
    angle: float, scale: float, shift: tuple[float, float], mouth_open: float, smile: float
) -> None:
    face = made_face(mouth_open=mouth_open, smile=smile)
    np.testing.assert_allclose(geometry(turned(face, angle, scale, shift)), geometry(face), atol=5e-3)


def test_a_mirror_swaps_left_and_right() -> None:
    face = made_face(mouth_open=5, smile=3) + np.random.default_rng(2).normal(0, 2, (68, 2))
    plain, mirrored = by_name(face), by_name(landmarks68.mirrored(face, 400))
    for name, value in plain.items():
        here = name.replace("left", "?").replace("right", "left").replace("?", "right")
        assert mirrored[here] == pytest.approx(value, abs=1e-3)


def test_values_of_a_face_made_by_code() -> None:
    """Eyes 28 px wide with lids 8 px apart; the lips as `made_face` draws them; 100 px between the eyes."""
    found = by_name(made_face(mouth_open=20))
    assert found["eye_aspect_left"] == found["eye_aspect_right"] == pytest.approx(8 / 28, abs=1e-4)
    assert found["mouth_width"] == pytest.approx(56 / WIDTH, abs=1e-4)
    assert found["brow_distance"] == pytest.approx(40 / WIDTH, abs=1e-4)
    assert found["upper_lip_distance"] == pytest.approx((78 - 8 - 54) / WIDTH, abs=1e-4)
    assert found["jaw_drop"] == pytest.approx((125 + 20 - 54) / WIDTH, abs=1e-4)
    assert found["mouth_aspect_inner"] > 20 / 48
    assert found["brow_slope_left"] == found["brow_slope_right"] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("expression", "column", "change"),
    [
        ({"smile": 10}, "lip_corner_lift_left", 10 / WIDTH),
        ({"smile": 10}, "lip_corner_lift_right", 10 / WIDTH),
        ({"mouth_open": 30}, "jaw_drop", 30 / WIDTH),
        ({"mouth_open": 30}, "mouth_aspect_inner", 30 / 48),
        ({"mouth_open": 30}, "mouth_aspect_outer", 30 / 56),
        ({"brows_up": 6}, "brow_height_left", 6 / WIDTH),
        ({"brows_up": 6}, "brow_height_right", 6 / WIDTH),
    ],
)
def test_each_expression_moves_its_measure(expression: dict[str, float], column: str, change: float) -> None:
    moved = by_name(made_face(**expression))[column] - by_name(made_face())[column]
    assert moved == pytest.approx(change, abs=1e-3)


def test_inner_brow_ends_that_rise_slope_up() -> None:
    face = made_face()
    face[[21, 22], 1] -= 8
    found = by_name(face)
    assert found["brow_slope_left"] == found["brow_slope_right"] == pytest.approx(8 / 46, abs=1e-4)


def test_many_faces_are_measured_at_once() -> None:
    faces = np.stack([made_face(), made_face(smile=5), turned(made_face(), 20)])
    np.testing.assert_allclose(geometry(faces), [geometry(face) for face in faces], atol=1e-6)


def test_points_in_one_place_and_missing_points_give_nan() -> None:
    measure, box = FaceGeometry(), Box(0, 0, 9, 9)
    assert np.isnan(geometry(np.zeros((68, 2), np.float32))).all()
    assert np.isnan(measure.measure(PICTURE, Face(box, 1.0))).all()
    found = measure.measure(PICTURE, Face(box, 1.0, landmarks=made_face()))
    assert len(found) == len(COLUMNS)
    assert np.isfinite(found).all()


@pytest.mark.data
def test_real_faces_measure_as_people_do(data_folder: Path) -> None:
    stored = np.load(data_folder / "landmarks68" / "landmarks68.npz")
    found = geometry(stored["points"][stored["split"] == "val"])
    middle = dict(zip(COLUMNS, np.median(found, axis=0), strict=True))
    assert 0.2 < middle["eye_aspect_left"] < 0.4
    assert middle["eye_aspect_left"] == pytest.approx(middle["eye_aspect_right"], abs=0.03)
    assert 0.4 < middle["mouth_width"] < 0.8
    assert 0.1 < middle["brow_height_left"] < 0.4
