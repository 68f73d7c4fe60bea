import cv2
import numpy as np
import pytest

from made_faces import made_face, turned
from mien import imageops, regions
from mien.measures import _lbp
from mien.measures.texture import FaceTexture
from mien.measures.texture_full import FullFaceTexture
from mien.types import Box, Face, Frame, Image

BOX = Box(100, 80, 300, 290)


@pytest.fixture(scope="module")
def noise() -> Image:
    values = np.random.default_rng(5).integers(0, 256, (320, 400, 3))
    return cv2.GaussianBlur(np.asarray(values, np.uint8), (0, 0), 1.5)


def pattern(rows: list[list[int]]) -> int:
    return int(_lbp.patterns(np.array(rows, np.uint8))[0, 0])


def test_patterns_by_hand() -> None:
    """Bits count from the right against the clock: right 1, above 4, left 16, below 64."""
    assert pattern([[9, 9, 9], [9, 9, 9], [9, 9, 9]]) == 255
    assert pattern([[0, 0, 0], [0, 9, 0], [0, 0, 0]]) == 0
    # All of the right side is brighter; below right and above right are bits 7 and 1.
    assert pattern([[0, 0, 90], [0, 9, 90], [0, 0, 90]]) == 0b10000011
    assert pattern([[90, 90, 90], [0, 9, 0], [0, 0, 0]]) == 0b00001110


def test_a_diagonal_lies_on_the_circle_between_pixels() -> None:
    """(0.707, 0.707): half of the corner pixel, a fifth of each beside it, 0.086 of the middle."""
    corner, beside = 30, 4
    value = 0.5 * corner + 2 * 0.2071 * beside + 0.0858 * 20  # 18.4, under the middle's 20
    assert value < 20
    assert not pattern([[0, beside, corner], [0, 20, beside], [0, 0, 0]]) & 0b10
    assert pattern([[0, beside, corner + 4], [0, 20, beside], [0, 0, 0]]) & 0b10


def test_flat_ground_is_flat_at_every_gray() -> None:
    for gray in range(256):
        assert (_lbp.patterns(np.full((4, 5), gray, np.uint8)) == 255).all()


def test_there_are_58_uniform_patterns_and_ten_that_do_not_turn() -> None:
    assert (_lbp.ORIENTED == 58).sum() == 256 - 58
    assert sorted(set(_lbp.ORIENTED.tolist())) == list(range(59))
    assert np.bincount(_lbp.INVARIANT).tolist() == [1, 8, 8, 8, 8, 8, 8, 8, 1, 198]
    for code in range(256):
        turned_code = ((code << 1) | (code >> 7)) & 255
        assert _lbp.INVARIANT[turned_code] == _lbp.INVARIANT[code]


def test_a_turned_texture_keeps_its_invariant_bins(noise: Image) -> None:
    gray = imageops.gray(noise)
    plain = np.bincount(_lbp.INVARIANT[_lbp.patterns(gray)].ravel(), minlength=10)
    quarter = np.bincount(_lbp.INVARIANT[_lbp.patterns(np.rot90(gray))].ravel(), minlength=10)
    np.testing.assert_array_equal(plain, quarter)


@pytest.mark.parametrize("measure", [FaceTexture(), FullFaceTexture()])
def test_each_region_s_shares_sum_to_one(measure: FaceTexture | FullFaceTexture, noise: Image) -> None:
    found = measure.measure(Frame(noise), Face(BOX, 1.0, landmarks=made_face()))
    shares = np.reshape(found, (len(regions.NAMES), -1))
    assert shares.size == len(measure.columns)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)


def test_columns_say_region_and_bin(noise: Image) -> None:
    """A mouth without texture: all of it in the bin of flat ground, and no other region's."""
    image, face = noise.copy(), made_face()
    box = regions.regions(face)[-1].box
    image[int(box.y1) - 2 : int(box.y2) + 2, int(box.x1) - 2 : int(box.x2) + 2] = 77
    values = FaceTexture().measure(Frame(image), Face(BOX, 1.0, landmarks=face))
    found = dict(zip(FaceTexture.columns, values, strict=True))
    assert found["lbp_mouth_8"] == 1
    assert found["lbp_eye_left_8"] < 0.5


def test_texture_follows_a_turned_face(noise: Image) -> None:
    face = made_face()
    quarter = np.ascontiguousarray(np.rot90(noise, -1))
    turned_face = turned(face, 90, shift=(noise.shape[0], 0))
    here = FullFaceTexture().measure(Frame(noise), Face(BOX, 1.0, landmarks=face))
    there = FullFaceTexture().measure(Frame(quarter), Face(BOX, 1.0, landmarks=turned_face))
    np.testing.assert_allclose(here, there, atol=0.03)


@pytest.mark.parametrize("landmarks", [None, np.full((68, 2), np.nan, np.float32)])
@pytest.mark.parametrize("measure", [FaceTexture(), FullFaceTexture()])
def test_faces_without_points_have_no_texture(
    measure: FaceTexture | FullFaceTexture, landmarks: Image | None, noise: Image
) -> None:
    found = measure.measure(Frame(noise), Face(BOX, 1.0, landmarks=landmarks))
    assert len(found) == len(measure.columns)
    assert np.isnan(found).all()
