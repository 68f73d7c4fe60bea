from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import imageops, prepare
from mien.artifact import CropSpec, InputSpec
from mien.errors import BadOption
from mien.types import Box, Image

GRAY = InputSpec(8, 6, "gray", (128.0,), (64.0,))


@given(
    st.integers(1, 60), st.integers(1, 60), st.floats(-80, 80), st.floats(-80, 80),
    st.floats(1, 90), st.floats(1, 90), st.floats(0.5, 2), st.floats(-0.5, 0.5), st.booleans(),
)  # fmt: skip
def test_a_crop_is_square_and_repeats_the_border_wherever_the_box_lies(
    width: int, height: int, x: float, y: float, w: float, h: float, scale: float, shift: float, gray: bool
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    image = pixels[:, :, 0].copy() if gray else pixels
    cut = prepare.crop(image, Box(x, y, x + w, y + h), CropSpec(scale, shift))
    side = max(round(max(w, h) * scale), 1)
    left, top = round(x + w / 2 - side / 2), round(y + h / 2 + shift * h - side / 2)
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    assert np.array_equal(cut, image[rows][:, columns])


def test_a_crop_inside_is_the_pixels_themselves() -> None:
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    assert np.array_equal(prepare.crop(image, Box(2, 3, 6, 7), CropSpec()), image[3:7, 2:6])
    shifted = prepare.crop(image, Box(2, 2, 6, 6), CropSpec(shift_y=0.25))
    assert np.array_equal(shifted, image[3:7, 2:6])


@pytest.mark.parametrize("box", [Box(float("nan"), 0, 4, 4), Box(0, 0, float("inf"), 4)])
def test_a_box_that_is_nowhere_is_refused(box: Box) -> None:
    with pytest.raises(BadOption, match="is no place in a picture"):
        prepare.crop(np.zeros((4, 4), np.uint8), box, CropSpec())


def test_a_box_far_larger_than_its_picture_is_refused() -> None:
    with pytest.raises(BadOption, match="no face of a picture of 40 x 30"):
        prepare.crop(np.zeros((30, 40, 3), np.uint8), Box(-1e5, -1e5, 1e5, 1e5), CropSpec())


def test_a_crop_at_the_edge_keeps_the_face_in_its_place() -> None:
    image = np.arange(100, dtype=np.uint8).reshape(10, 10)
    cut = prepare.crop(image, Box(-2, -2, 2, 2), CropSpec())
    assert np.array_equal(cut[2:, 2:], image[:2, :2])
    assert np.all(cut[:3, :3] == image[0, 0])
    cut = prepare.crop(image, Box(8, 8, 12, 12), CropSpec())
    assert np.array_equal(cut[:2, :2], image[8:, 8:])
    assert np.all(cut[2:, 2:] == image[9, 9])


def test_the_tensor_is_what_the_card_says() -> None:
    image = np.full((6, 8), 192, np.uint8)
    tensor = prepare.tensor([image, image], GRAY)
    assert (tensor.shape, tensor.dtype) == ((2, 1, 6, 8), np.float32)
    assert np.all(tensor == 1.0)


@pytest.mark.parametrize(("colour", "expected"), [("bgr", (10, 20, 30)), ("rgb", (30, 20, 10))])
def test_channels_follow_the_colour_order(colour: str, expected: tuple[int, int, int]) -> None:
    image = np.empty((6, 8, 3), np.uint8)
    image[:] = (10, 20, 30)
    spec = InputSpec(8, 6, colour, (0.0,) * 3, (1.0,) * 3)
    assert prepare.tensor([image], spec)[0, :, 0, 0].tolist() == list(expected)


def test_each_channel_has_its_own_mean_and_deviation() -> None:
    image = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    mean, std = (1.0, 2.0, 3.0), (2.0, 4.0, 8.0)
    made = prepare.tensor([image], InputSpec(8, 6, "rgb", mean, std))
    for channel in range(3):
        by_hand = (image[:, :, 2 - channel].astype(np.float32) - mean[channel]) / std[channel]
        assert np.array_equal(made[0, channel], by_hand)


def test_crops_of_any_kind_and_size_share_a_batch() -> None:
    crops = [np.full(shape, 128, np.uint8) for shape in [(48, 48), (7, 90, 3), (1, 1), (200, 200, 3)]]
    assert np.all(prepare.tensor(crops, GRAY) == 0)
    assert prepare.tensor([], GRAY).shape == (0, 1, 6, 8)


@pytest.mark.parametrize("how", ["histogram", "clahe"])
@pytest.mark.parametrize(
    ("colour", "shape"), [("gray", (48, 48)), ("bgr", (48, 48, 3)), ("rgb", (48, 48, 3))]
)
def test_dark_pictures_become_as_light_as_bright_ones(how: str, colour: str, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(1).integers(40, 80, shape, np.uint8)
    plain = InputSpec(48, 48, colour, (0.0,) * (len(shape) * 2 - 3), (1.0,) * (len(shape) * 2 - 3))
    even = replace(plain, equalize=how)
    spread = [np.ptp(prepare.tensor([pixels], spec)) for spec in (plain, even)]
    assert spread[1] > 1.3 * spread[0]
    dark, light = (prepare.tensor([pixels + shift], even).mean() for shift in (0, 100))
    assert abs(dark - light) < (2 if how == "histogram" else 110)


def test_histogram_equalisation_is_opencvs_at_the_inputs_size() -> None:
    crop = np.random.default_rng(2).integers(90, 130, (96, 120), np.uint8)
    spec = InputSpec(48, 40, "gray", (0.0,), (1.0,), "histogram")
    by_hand = cv2.equalizeHist(imageops.resize(crop, 48, 40))
    assert np.array_equal(prepare.tensor([crop], spec)[0, 0], by_hand)


def test_equalising_keeps_which_channel_is_which() -> None:
    image = np.random.default_rng(3).integers(60, 110, (48, 48, 3), np.uint8)
    blue, red = (
        prepare.tensor([image], InputSpec(48, 48, colour, (0.0,) * 3, (1.0,) * 3, "histogram"))[0]
        for colour in ("bgr", "rgb")
    )
    assert np.abs(blue - red[::-1]).max() <= 1


def test_without_a_wish_the_picture_stays_itself() -> None:
    image = np.zeros((6, 8), np.uint8)
    assert prepare.equalized(image, GRAY) is image


@pytest.mark.parametrize("crop", [np.zeros((6, 8), np.float32), np.zeros((6, 8, 2), np.uint8)])
def test_what_is_no_picture_is_refused(crop: Image) -> None:
    with pytest.raises(BadOption, match="A picture"):
        prepare.tensor([crop], GRAY)
