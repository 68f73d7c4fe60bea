import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import prepare
from mien.artifact import CropSpec, InputSpec
from mien.types import Box

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
