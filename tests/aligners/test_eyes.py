import cv2
import numpy as np
import pytest

from mien import prepare, registry
from mien.aligners.eyes import Eyes, tilt
from mien.artifact import CropSpec
from mien.errors import BadOption
from mien.types import Box, Floats, Image

SPEC = CropSpec(scale=1.2, shift_y=-0.1)
BOX = Box(175, 60, 285, 205)
EYES = np.array([[204, 110], [256, 110], [230, 140], [210, 165], [250, 165]], np.float32)


def turned(image: Image, degrees: float, scale: float = 1.0) -> tuple[Image, Box, Floats]:
    """The picture turned clockwise about the middle of `BOX`, and where box and points lie then."""
    matrix = cv2.getRotationMatrix2D(BOX.center, -degrees, 1.0)
    matrix = np.array([[scale, 0], [0, scale]]) @ matrix
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    points = EYES @ matrix[:, :2].T + matrix[:, 2]
    box = Box(*(value * scale for value in BOX.as_tuple()))
    return cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE), box, np.float32(points)


def likeness(first: Image, second: Image) -> float:
    small = [cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA).ravel() for image in (first, second)]
    return float(np.corrcoef(*small)[0, 1])


@pytest.mark.parametrize("degrees", [-40, -15, 10, 30, 60])
def test_a_turned_face_is_cut_as_if_it_stood_upright(portrait: Image, degrees: float) -> None:
    image, box, points = turned(portrait, degrees)
    upright = prepare.crop(portrait, BOX, SPEC)
    assert likeness(Eyes().cut(image, box, points, SPEC), upright) > 0.985
    assert np.degrees(tilt(points, box)) == pytest.approx(degrees, abs=0.1)


def test_points_of_another_kind_are_refused(portrait: Image) -> None:
    """The first two of 68 are of the jaw: no eye line."""
    with pytest.raises(BadOption, match=r"\(68, 2\).*five_points"):
        Eyes().cut(portrait, BOX, np.zeros((68, 2), np.float32), SPEC)


def test_the_crop_stands_where_the_plain_one_stands(portrait: Image) -> None:
    """Not a pixel aside: turning by a hair gives the plain crop."""
    _, box, points = turned(portrait, 0.01)
    crop = Eyes(least=0).cut(portrait, box, points, SPEC).astype(int)
    plain = prepare.crop(portrait, BOX, SPEC).astype(int)
    shifted = np.roll(plain, 1, axis=1)
    assert np.abs(crop - plain).mean() < 0.5 * np.abs(shifted - plain).mean()


def test_a_large_face_is_shrunk_without_gaps(portrait: Image) -> None:
    image, box, points = turned(portrait, 20, scale=4)
    crop = Eyes().cut(image, box, points, SPEC)
    assert crop.shape == (256, 256, 3)
    assert likeness(crop, prepare.crop(portrait, BOX, SPEC)) > 0.985


def test_beyond_the_border_it_is_repeated() -> None:
    image = np.full((60, 60, 3), 200, np.uint8)
    points = np.array([[2, 10], [22, 20], [10, 25], [5, 35], [20, 40]], np.float32)
    assert (Eyes().cut(image, Box(-20, -10, 30, 50), points, SPEC) == 200).all()


def test_small_tilts_and_profiles_are_left_alone(portrait: Image) -> None:
    plain = prepare.crop(portrait, BOX, SPEC)
    image, box, points = turned(portrait, 2)
    np.testing.assert_array_equal(Eyes(least=3).cut(image, box, points, SPEC), prepare.crop(image, box, SPEC))
    profile = np.array([[230, 110], [235, 118], [215, 140], [225, 165], [230, 165]], np.float32)
    np.testing.assert_array_equal(Eyes().cut(portrait, BOX, profile, SPEC), plain)


def test_options_are_checked() -> None:
    with pytest.raises(BadOption, match="least=-1"):
        registry.load("aligners", "eyes:least=-1")
