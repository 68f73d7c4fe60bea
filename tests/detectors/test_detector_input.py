"""The step from a picture to a detector's tensor: the same as plain NumPy and OpenCV would do it."""

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mien import imageops
from mien.artifact import InputSpec
from mien.detectors._input import PictureInput
from mien.types import Image

PLAIN = InputSpec(0, 0, "bgr", (0, 0, 0), (1, 1, 1))
SCALED = InputSpec(96, 64, "rgb", (127, 100, 90), (128, 50, 60))


def noise(height: int, width: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@given(st.integers(1, 150), st.integers(1, 150))
def test_any_size_is_letterboxed(height: int, width: int) -> None:
    image = noise(height, width)
    tensor, scale = PictureInput(PLAIN, 64, 32).fill(image)
    long_side = min(64, 2 * max(height, width))
    expected, factor = imageops.letterbox(image, long_side, 32)
    expected_width, expected_height = (max(round(side * factor), 1) for side in (width, height))
    assert scale == (expected_width / width, expected_height / height)
    assert tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor[0].transpose(1, 2, 0), expected)


def test_a_side_a_little_over_a_multiple_is_squeezed() -> None:
    image = noise(720, 1280)
    tensor, scale = PictureInput(PLAIN, 640, 32).fill(image)
    assert tensor.shape == (1, 3, 352, 640)
    assert scale == (640 / 1280, 352 / 720)
    expected = cv2.resize(image, (640, 352))
    np.testing.assert_array_equal(tensor[0].transpose(1, 2, 0), expected)
    # Not where it would change the faces' shape (180 rows to 160), where the picture need not be scaled, or
    # where the model states the size.
    assert PictureInput(PLAIN, 320, 32).fill(image)[0].shape == (1, 3, 192, 320)
    assert PictureInput(PLAIN, 640, 32).fill(noise(360, 640))[1] == (1, 1)
    stated = InputSpec(640, 384, "bgr", (0, 0, 0), (1, 1, 1))
    assert PictureInput(stated, 640, 32).fill(image)[1] == (0.5, 0.5)


@given(st.integers(1, 150), st.integers(1, 150))
def test_a_fixed_size_is_filled_and_scaled(height: int, width: int) -> None:
    image = noise(height, width)
    tensor, scale = PictureInput(SCALED, 640, 32).fill(image)
    assert tensor.shape == (1, 3, 64, 96)
    factor = min(96 / width, 64 / height, 2)
    inner = max(round(width * factor), 1), max(round(height * factor), 1)
    assert scale == (inner[0] / width, inner[1] / height)
    canvas = np.zeros((64, 96, 3), np.float32)
    canvas[: inner[1], : inner[0]] = cv2.resize(image, inner)[:, :, ::-1]
    expected = (canvas - np.array(SCALED.mean)) / np.array(SCALED.std)
    np.testing.assert_allclose(tensor[0].transpose(1, 2, 0), expected, atol=1e-5)


def test_pictures_of_one_size_share_the_tensor_and_others_do_not() -> None:
    into = PictureInput(PLAIN, 64, 32)
    first, _ = into.fill(noise(64, 60))
    again, _ = into.fill(noise(64, 60, seed=1))
    assert again is first
    narrower, _ = into.fill(noise(64, 50, seed=2))
    assert narrower is not first
    assert not narrower[..., 50:].any()
