from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation import corruptions
from mien.evaluation.corruptions import CORRUPTIONS
from mien.types import Floats, Image


def as_boxes(rows: Sequence[Sequence[float]]) -> Floats:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.fixture
def scene() -> tuple[Image, Floats]:
    """Coloured noise, 120 x 90, with two boxes."""
    image = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
    return image, as_boxes([(10, 20, 50, 70), (70, 10, 100, 60)])


CASES = [(name, severity) for name, each in CORRUPTIONS.items() for severity in each.severities]


@pytest.mark.parametrize(("name", "severity"), CASES)
def test_each_is_a_pure_function_that_says_the_same_again(
    scene: tuple[Image, Floats], name: str, severity: float
) -> None:
    image, boxes = scene
    kept_image, kept_boxes = image.copy(), boxes.copy()
    first, second = (CORRUPTIONS[name].apply(image, boxes, severity) for _ in range(2))
    np.testing.assert_array_equal(image, kept_image)
    np.testing.assert_array_equal(boxes, kept_boxes)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert first[0].dtype == np.uint8
    assert first[0].shape[2] == 3
    assert first[1].shape == boxes.shape
    assert first[1].dtype == np.float32
    assert first[0].shape != image.shape or not np.array_equal(first[0], image)


@pytest.mark.parametrize(("name", "severity"), CASES)
@pytest.mark.parametrize("shape", [(1, 1), (2, 700), (64, 48)])
def test_each_takes_any_picture_without_boxes(name: str, severity: float, shape: tuple[int, int]) -> None:
    image, boxes = CORRUPTIONS[name].apply(np.full((*shape, 3), 100, np.uint8), as_boxes([]), severity)
    assert min(image.shape) >= 1
    assert boxes.shape == (0, 4)


def test_a_quarter_turn_is_exact() -> None:
    image = np.zeros((40, 60, 3), np.uint8)
    image[5:15, 10:40] = 255
    turned, boxes = corruptions.rotate(image, as_boxes([(10, 5, 40, 15)]), 90)
    assert turned.shape == (60, 40, 3)
    np.testing.assert_array_equal(turned, np.rot90(image))
    np.testing.assert_allclose(boxes, [(5, 20, 15, 50)], atol=1e-4)


@given(st.floats(-180, 180), st.floats(4, 40), st.floats(4, 40))
def test_a_turned_box_goes_round_the_turned_ellipse(degrees: float, width: float, height: float) -> None:
    """Against 3,600 points on the ellipse, turned one by one about the middle of a 101 x 81 picture."""
    x, y = 30.0, 50.0
    box = as_boxes([(x - width / 2, y - height / 2, x + width / 2, y + height / 2)])
    turned, (found,) = corruptions.rotate(np.zeros((81, 101, 3), np.uint8), box, degrees)
    angles, turn = np.linspace(0, 2 * np.pi, 3600), np.deg2rad(degrees)
    dx, dy = x + width / 2 * np.cos(angles) - 50.5, y + height / 2 * np.sin(angles) - 40.5
    new_x = dx * np.cos(turn) + dy * np.sin(turn) + turned.shape[1] / 2
    new_y = -dx * np.sin(turn) + dy * np.cos(turn) + turned.shape[0] / 2
    np.testing.assert_allclose(found, (new_x.min(), new_y.min(), new_x.max(), new_y.max()), atol=0.02)


def test_turning_loses_nothing_of_the_picture() -> None:
    """What was bright stays within the frame: its sum is kept, but for interpolation."""
    image = np.zeros((60, 80, 3), np.uint8)
    image[2:58, 2:78] = 200
    turned, _ = corruptions.rotate(image, as_boxes([]), 30)
    assert turned.sum() == pytest.approx(image.sum(dtype=np.int64), rel=0.01)


def test_gain_and_gamma_by_hand() -> None:
    image = np.array([[[0, 100, 255]]], np.uint8)
    boxes = as_boxes([])
    assert corruptions.gain(image, boxes, 0.12)[0].tolist() == [[[0, 12, 31]]]
    assert corruptions.gain(image, boxes, 2)[0].tolist() == [[[0, 200, 255]]]
    assert corruptions.gamma(image, boxes, 2)[0].tolist() == [[[0, round(100 * 100 / 255), 255]]]


def test_height_scales_picture_and_boxes() -> None:
    image, boxes = np.zeros((200, 100, 3), np.uint8), as_boxes([(10, 20, 50, 80), (10, 100, 60, 160)])
    small, mapped = corruptions.to_height(image, boxes, 15)
    assert small.shape == (50, 25, 3)
    np.testing.assert_allclose(mapped, boxes / 4)


def test_blur_goes_with_the_size_of_the_face() -> None:
    image = np.zeros((101, 101, 3), np.uint8)
    image[50, 50] = 255
    blurred, _ = corruptions.blur(image, as_boxes([(30, 30, 70, 80)]), 0.06)
    expected = cv2.GaussianBlur(image, (0, 0), 3.0)
    np.testing.assert_array_equal(blurred, expected)


def test_noise_has_the_deviation_stated() -> None:
    image = np.full((200, 200, 3), 128, np.uint8)
    noisy = corruptions.noise(image, as_boxes([]), 15)[0].astype(float) - 128
    assert noisy.std() == pytest.approx(15, rel=0.02)
    assert abs(noisy.mean()) < 0.3


def test_gray_has_three_equal_channels(scene: tuple[Image, Floats]) -> None:
    found, _ = corruptions.gray(*scene, 1)
    assert (found == found[:, :, :1]).all()


def test_a_lower_quality_is_further_from_the_picture(scene: tuple[Image, Floats]) -> None:
    image, boxes = scene
    errors = [
        np.abs(corruptions.jpeg(image, boxes, quality)[0].astype(int) - image).mean() for quality in (90, 10)
    ]
    assert errors[0] < errors[1]


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("cover_lower", np.s_[10:20, 4:14]),
        ("cover_upper", np.s_[0:10, 4:14]),
        ("cover_left", np.s_[0:20, 4:9]),
    ],
)
def test_half_of_the_box_is_painted_and_nothing_else(name: str, covered: tuple[slice, slice]) -> None:
    image, expected = np.zeros((24, 24, 3), np.uint8), np.zeros((24, 24, 3), np.uint8)
    expected[covered] = 128
    painted, _ = CORRUPTIONS[name].apply(image, as_boxes([(4, 0, 14, 20)]), 0.5)
    np.testing.assert_array_equal(painted, expected)


def test_boxes_over_the_edge_are_painted_as_far_as_they_go() -> None:
    painted, _ = corruptions.cover_upper(np.zeros((10, 10, 3), np.uint8), as_boxes([(-8, -4, 4, 8)]), 0.5)
    assert painted[:2, :4].all()
    assert painted.sum() == 128 * 3 * 8


@pytest.mark.parametrize(
    ("shape", "framed"),
    [
        ((40, 60), (40, 100)),
        ((60, 40), (100, 40)),
        ((50, 50), (50, 100)),
        ((100, 30), (100, 30)),
        ((200, 9), (200, 9)),
    ],
)
def test_a_frame_adds_black_to_the_longer_side(shape: tuple[int, int], framed: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 9, np.uint8)
    found = corruptions.framed(image, 100)
    assert found.shape[:2] == framed
    np.testing.assert_array_equal(found[: shape[0], : shape[1]], image)
    assert found.sum(dtype=int) == image.sum(dtype=int)
