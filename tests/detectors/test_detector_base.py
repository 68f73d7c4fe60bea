"""What every detector inherits: the check of the picture, and boxes cut to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import prepare
from mien.artifact import CropSpec
from mien.detectors.base import Detector
from mien.types import Box, Detection, Image


class Says(Detector):
    """Finds the boxes that it was given."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes

    def _find(self, image: Image) -> list[Detection]:
        points = np.arange(10, dtype=np.float32).reshape(5, 2) - 20
        return [Detection(box, 0.9, points) for box in self.boxes]


PICTURE = np.zeros((60, 100, 3), np.uint8)


@pytest.mark.parametrize(
    ("box", "inside"),
    [
        ((10, 20, 30, 40), (10, 20, 30, 40)),
        ((0, 0, 100, 60), (0, 0, 100, 60)),
        ((-10, -5, 30, 40), (0, 0, 30, 40)),
        ((90, 50, 130, 80), (90, 50, 100, 60)),
        ((-50, -50, 500, 500), (0, 0, 100, 60)),
    ],
)
def test_boxes_are_cut_and_points_stay(box: tuple[float, ...], inside: tuple[float, ...]) -> None:
    (face,) = Says(Box(*box)).detect(PICTURE)
    assert face.box.as_tuple() == inside
    assert face.score == 0.9
    assert face.points is not None
    assert face.points[0].tolist() == [-20, -19]


@pytest.mark.parametrize(
    "box", [(-30, 10, -5, 20), (100, 10, 120, 20), (10, 60, 20, 70), (30, 10, 30, 20), (30, 20, 40, 10)]
)
def test_what_lies_outside_or_has_no_area_is_left_out(box: tuple[float, ...]) -> None:
    good = Box(1, 2, 3, 4)
    assert [face.box for face in Says(Box(*box), good).detect(PICTURE)] == [good]


def test_numbers_that_are_none_are_left_out() -> None:
    nan = float("nan")
    assert Says(Box(nan, 0, 10, 10), Box(0, 0, nan, 10), Box(nan, nan, nan, nan)).detect(PICTURE) == []


@given(
    st.tuples(*[st.floats(-300, 300)] * 2),
    st.tuples(*[st.floats(1, 300)] * 2),
)
def test_every_box_lies_inside(corner: tuple[float, float], size: tuple[float, float]) -> None:
    box = Box(*corner, corner[0] + size[0], corner[1] + size[1])
    for face in Says(box).detect(PICTURE):
        assert 0 <= face.box.x1 < face.box.x2 <= 100
        assert 0 <= face.box.y1 < face.box.y2 <= 60


def test_a_face_half_outside_is_still_seen_whole_and_at_its_scale() -> None:
    """Its crop holds all of it that the picture shows, at the scale of the whole face."""
    image = np.zeros((200, 200, 3), np.uint8)
    image[60:130, :25] = 255  # the right half of a face of 50 x 70 pixels
    (face,) = Says(Box(-25, 60, 25, 130)).detect(image)
    crop = prepare.crop(image, face.box, CropSpec(scale=1.0))
    assert crop.shape == (70, 70, 3)
    left, top, side = prepare.square(face.box, CropSpec(scale=1.0))
    assert (top, side) == (60, 70)
    assert left <= 0
    assert left + side >= 25
    assert (crop[:, : 25 - left] == 255).all()
