"""What every aligner keeps to."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien import prepare, registry
from mien.aligners.base import Aligner
from mien.artifact import CropSpec
from mien.errors import BadOption
from mien.types import Box, Floats, Image

SPEC = CropSpec(scale=1.3, shift_y=-0.05)
BOX = Box(60, 40, 120, 120)
LEVEL = np.array([[75, 70], [105, 70], [90, 85], [78, 100], [102, 100]], np.float32)
corners = st.floats(-300, 500, allow_nan=False)
sizes = st.floats(0, 400)


@pytest.fixture(params=registry.names("aligners"))
def aligner(request: pytest.FixtureRequest) -> Aligner:
    found: Aligner = registry.load("aligners", request.param)
    return found


def picture(height: int = 160, width: int = 180) -> Image:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def tilted(degrees: float) -> Floats:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((LEVEL - BOX.center) @ turn.T + BOX.center, np.float32)


@pytest.mark.parametrize("points", [None, LEVEL], ids=["no points", "level"])
def test_an_upright_face_is_cut_as_for_training(aligner: Aligner, points: Floats | None) -> None:
    image = picture()
    np.testing.assert_array_equal(aligner.cut(image, BOX, points, SPEC), prepare.crop(image, BOX, SPEC))


@pytest.mark.parametrize("degrees", [-170, -90, -30, 20, 45, 180])
def test_a_tilted_face_fills_the_same_square(aligner: Aligner, degrees: float) -> None:
    image = picture()
    before = image.copy()
    crop = aligner.cut(image, BOX, tilted(degrees), SPEC)
    assert crop.shape == prepare.crop(image, BOX, SPEC).shape
    assert crop.dtype == np.uint8
    np.testing.assert_array_equal(image, before)


NO_PICTURES = {
    "float32": np.zeros((160, 180, 3), np.float32),
    "float64": np.zeros((160, 180, 3), np.float64),
    "uint16": np.zeros((160, 180, 3), np.uint16),
    "(160, 180, 2)": np.zeros((160, 180, 2), np.uint8),
    "(0, 180, 3)": np.zeros((0, 180, 3), np.uint8),
    "str": "portrait.jpg",
}


@pytest.mark.parametrize("wrong", NO_PICTURES)
@pytest.mark.parametrize("points", [None, tilted(30)], ids=["no points", "tilted"])
def test_what_is_no_picture_is_refused_by_name(aligner: Aligner, wrong: str, points: Floats | None) -> None:
    with pytest.raises(BadOption, match=re.escape(wrong)):
        aligner.cut(NO_PICTURES[wrong], BOX, points, SPEC)  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(corners, corners, sizes, sizes, st.floats(-180, 180), st.integers(1, 60), st.integers(1, 60))
def test_any_box_and_points_give_a_square(
    aligner: Aligner, x: float, y: float, width: float, height: float, degrees: float, rows: int, columns: int
) -> None:
    box = Box(x, y, x + width, y + height)
    crop = aligner.cut(picture(rows, columns), box, tilted(degrees) - BOX.center + box.center, SPEC)
    assert crop.shape[0] == crop.shape[1] >= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_points_that_tell_nothing_turn_nothing(aligner: Aligner, value: float) -> None:
    points = np.full((5, 2), value, np.float32)
    image = picture()
    np.testing.assert_array_equal(aligner.cut(image, BOX, points, SPEC), prepare.crop(image, BOX, SPEC))
