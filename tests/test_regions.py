from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_faces import WIDTH, made_face, turned
from mien import imageops, landmarks68, regions
from mien.errors import BadOption, UnknownName
from mien.types import Box, Floats, Image


@pytest.fixture(scope="module")
def noise() -> Image:
    values = np.random.default_rng(3).integers(0, 256, (40, 50, 3))
    return imageops.resize(np.asarray(values, np.uint8), 400, 320)


def boxes(points: Floats) -> dict[str, Box]:
    return {region.name: region.box for region in regions.regions(points)}


def test_each_box_holds_its_points_and_no_other_region_of_its_row() -> None:
    face, found = made_face(), boxes(made_face())
    assert tuple(found) == regions.NAMES
    for name, (part, _) in regions.PARTS.items():
        for x, y in face[list(part)]:
            assert found[name].x1 < x < found[name].x2
            assert found[name].y1 < y < found[name].y2
    assert found["eye_left"].x2 < found["eye_right"].x1
    assert found["brow_left"].x2 < found["brow_right"].x1
    assert found["nose"].y2 < found["mouth"].y1 + 0.2 * WIDTH


def test_a_mirror_swaps_left_and_right() -> None:
    face = made_face()
    face[:, 0] += np.linspace(0, 9, 68)  # no longer symmetric
    found, mirrored = boxes(face), boxes(landmarks68.mirrored(face, 400))
    for here, there in (("eye_left", "eye_right"), ("brow_right", "brow_left"), ("mouth", "mouth")):
        box, other = found[here], mirrored[there]
        expected = (400 - box.x2, box.y1, 400 - box.x1, box.y2)
        np.testing.assert_allclose(other.as_tuple(), expected, atol=1e-3)


def test_boxes_are_clipped_to_the_picture_and_left_out_beyond_it() -> None:
    found = regions.regions(made_face(), (200, 160))
    names = {region.name for region in found}
    assert {"mouth", "eye_right"} & names == set()
    nose = next(region.box for region in found if region.name == "nose")
    assert (nose.x2, nose.y2) == (200, 160)


@given(st.floats(-180, 180), st.floats(0.1, 10), st.floats(-500, 500), st.floats(-500, 500))
def test_upright_points_know_no_place_size_or_roll(angle: float, scale: float, x: float, y: float) -> None:
    face = made_face(mouth_open=12, smile=4)
    moved = turned(face, angle, scale, (x, y))
    np.testing.assert_allclose(regions.upright(moved), regions.upright(face), atol=2e-3)


def test_upright_points_have_their_eyes_level_one_apart() -> None:
    points = regions.upright(np.stack([made_face(), turned(made_face(), 35)]))
    assert points.shape == (2, 68, 2)
    np.testing.assert_allclose(points[:, 45] - points[:, 36], [[1, 0], [1, 0]], atol=1e-5)
    assert (points[:, 8, 1] > 1).all()


def test_points_in_one_place_are_not_upright_but_unknown() -> None:
    assert np.isnan(regions.upright(np.zeros((68, 2), np.float32))).all()


@given(st.floats(-170, 170))
def test_the_slope_is_the_roll(angle: float) -> None:
    assert np.degrees(regions.slope(turned(made_face(), angle))) == pytest.approx(angle, abs=0.01)


def test_a_level_crop_is_the_box_of_the_picture(noise: Image) -> None:
    face = np.round(made_face())
    crop = regions.crop_region(noise, face, "mouth")
    box = boxes(face)["mouth"]
    x, y = round(box.x1), round(box.y1)
    expected = noise[y : y + crop.shape[0], x : x + crop.shape[1]]
    assert crop.shape[:2] == (round(box.height), round(box.width))
    assert np.abs(crop.astype(int) - expected).mean() < 6  # up to half a pixel aside


@pytest.mark.parametrize("name", regions.NAMES)
def test_a_crop_does_not_turn_with_the_face(noise: Image, name: str) -> None:
    face = made_face()
    crop = regions.crop_region(noise, face, name, (40, 30))
    quarter = np.ascontiguousarray(np.rot90(noise, -1))  # clockwise
    turned_face = turned(face, 90, shift=(noise.shape[0], 0))
    same = regions.crop_region(quarter, turned_face, name, (40, 30))
    assert crop.shape == same.shape == (30, 40, 3)
    assert np.abs(crop.astype(int) - same).mean() < 2


def test_gray_pictures_and_faces_beyond_the_border_can_be_cut(noise: Image) -> None:
    gray = imageops.gray(noise)
    assert regions.crop_region(gray, made_face(), "nose").ndim == 2
    far = regions.crop_region(gray, made_face() + 2000, "nose", (8, 8))
    assert (far == gray[-1, -1]).all()


def test_a_tiny_face_still_gives_a_crop(noise: Image) -> None:
    tiny = turned(made_face(), 0, 0.001, (50, 50))
    assert regions.crop_region(noise, tiny, "brow_left").shape == (1, 1, 3)


def test_very_wide_pictures_have_regions_too(noise: Image) -> None:
    wide = np.zeros((320, 40_000, 3), np.uint8)
    wide[:, 39_000:39_400] = noise
    for angle in (0, 25):
        face = turned(made_face(), angle, 1, (0, 0))
        moved = face + np.array((39_000, 0), np.float32)
        expected = regions.crop_region(noise, face, "mouth", (40, 30))
        difference = regions.crop_region(wide, moved, "mouth", (40, 30)).astype(int) - expected
        assert np.abs(difference).mean() < 1


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((320, 400, 3), np.float32), "float32"),
        (np.zeros((320, 400, 2), np.uint8), r"\(320, 400, 2\)"),
        (np.zeros((320, 400, 5), np.uint8), r"\(320, 400, 5\)"),
    ],
)
def test_what_is_no_picture_is_refused(picture: Image, said: str) -> None:
    with pytest.raises(BadOption, match=said):
        regions.crop_region(picture, made_face(), "mouth")


def test_points_that_are_nowhere_have_no_crop(noise: Image) -> None:
    face = made_face()
    face[50] = np.nan
    with pytest.raises(BadOption, match="NaN"):
        regions.crop_region(noise, face, "mouth")


def test_other_names_are_refused(noise: Image) -> None:
    with pytest.raises(UnknownName, match=r"Unknown region 'ear'.*mouth"):
        regions.crop_region(noise, made_face(), "ear")


def test_a_detectors_five_points_are_refused(noise: Image) -> None:
    five = landmarks68.five_points(made_face())
    with pytest.raises(BadOption, match=r"shape \(5, 2\)"):
        regions.regions(five)
    with pytest.raises(BadOption, match=r"give the 68 of a landmarker"):
        regions.crop_region(noise, five, "mouth")


@pytest.mark.data
def test_regions_of_real_faces_lie_in_reading_order(data_folder: Path) -> None:
    stored = np.load(data_folder / "landmarks68" / "landmarks68.npz")
    for points in stored["points"][stored["split"] == "val"][::10]:
        found = boxes(turned(points, -float(np.degrees(regions.slope(points)))))
        heights = [found[name].center[1] for name in ("brow_left", "eye_left", "nose", "mouth")]
        assert heights == sorted(heights)
