"""Composed pictures, made backgrounds and what spoils them."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_discs import DrawnTeacher, drawn, magenta

from mien.errors import BadOption
from mien.scenes import _backgrounds as backgrounds
from mien.scenes.base import open_scenes
from mien.training.detection import degrade, windows
from mien.training.detection.compose import Composer, window
from mien.training.detection.options import ComposeOptions, DegradeOptions
from mien.training.detection.pictures import prepare
from mien.training.detection.targets import turned_boxes, turned_points

pytestmark = pytest.mark.train
CHANCES = [entry.name for entry in fields(DegradeOptions) if entry.name not in ("angle", "darkest", "clean")]
ALWAYS = DegradeOptions(clean=0.0, **dict.fromkeys(CHANCES, 1.0))
NEVER = DegradeOptions(clean=0.0, **dict.fromkeys(CHANCES, 0.0))


@pytest.fixture
def composer(set_folder: Path) -> Composer:
    scenes = open_scenes(f"coco:{set_folder / 'discs' / 'train.coco.json'}").load().scenes
    return Composer(prepare(scenes, DrawnTeacher(), set_folder / "cache").open(), ComposeOptions())


def test_the_same_seed_makes_the_same_picture(composer: Composer) -> None:
    first, faces = composer.picture(np.random.default_rng(3), 160)
    second, again = composer.picture(np.random.default_rng(3), 160)
    other, _ = composer.picture(np.random.default_rng(4), 160)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(faces.boxes, again.boxes)
    assert (first != other).any()


def test_trusted_faces_lie_where_they_are_said_to(composer: Composer) -> None:
    seen = 0
    for seed in range(40):
        image, faces = composer.picture(np.random.default_rng(seed), 320)
        assert image.shape == (320, 320, 3)
        assert image.dtype == np.uint8
        for box in faces.boxes[(faces.trust == 1) & (faces.heights > 16)]:
            x, y = ((box[:2] + box[2:]) / 2).astype(int).clip(0, 319)
            assert magenta(image[y : y + 1, x : x + 1]).all()
            seen += 1
    assert seen > 40


def test_the_window_shows_the_ground_where_the_picture_ends() -> None:
    ground = np.zeros((40, 40, 3), np.uint8)
    image = np.full((20, 20, 3), 255, np.uint8)
    shown = window(np.random.default_rng(0), image, (-10, -10, 20, 20), ground)
    assert (shown[20:, 20:] == 255).all()
    assert (shown[:20] == 0).all()
    assert (window(np.random.default_rng(0), image, (50, 50, 20, 20), ground.copy()) == ground).all()


@pytest.mark.parametrize("sides", [(100,), (32,)])
def test_sides_must_fit_the_strides(sides: tuple[int, ...]) -> None:
    with pytest.raises(BadOption, match="multiples of 32"):
        ComposeOptions(sides=sides, side_shares=(1.0,))


def test_each_side_needs_its_share() -> None:
    with pytest.raises(BadOption, match="one share for each"):
        ComposeOptions(sides=(64, 96), side_shares=(1.0,))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"grid_shares": (0.5, 0.4)}, "grid_shares=.*in all 1"),
        ({"side_shares": (1.2, -0.2)}, "side_shares=.*in all 1"),
        ({"smallest": 0.0}, "smallest=0.0"),
        ({"smallest": 40.0, "largest": 30.0}, "largest=30.0"),
        ({"empty": 2.0}, "empty=2.0 is no share"),
    ],
)
def test_values_that_nothing_could_be_composed_by_are_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadOption, match=reason):
        ComposeOptions(**options)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"darkest": 0.0}, "darkest=0.0"), ({"noise": -0.1}, "noise"), ({"angle": -1.0}, "angle")],
)
def test_values_that_nothing_could_be_spoilt_by_are_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadOption, match=reason):
        DegradeOptions(**options)


@pytest.mark.parametrize(
    ("side", "options"), [(64, {}), (96, {}), (320, {"largest": 50.0}), (320, {"smallest": 40.0})]
)
def test_every_side_and_every_height_can_be_composed(
    set_folder: Path, side: int, options: dict[str, float]
) -> None:
    scenes = open_scenes(f"coco:{set_folder / 'discs' / 'train.coco.json'}").load().scenes
    chosen = ComposeOptions(near=0.5, far=0.5, paste=1.0, **options)
    composer = Composer(prepare(scenes, DrawnTeacher(), set_folder / "cache").open(), chosen)
    for seed in range(40):
        assert composer.picture(np.random.default_rng(seed), side)[0].shape == (side, side, 3)


def test_grain_covers_pictures_larger_than_its_field() -> None:
    large = np.full((1024, 928, 3), 100, np.uint8)
    grained = degrade._noise(np.random.default_rng(0), large)
    assert grained.shape == large.shape
    assert (grained[-8:, -8:] != 100).any()


def test_what_is_drawn_lies_where_its_box_is_moved_to() -> None:
    """Within half a pixel, however the window cuts the pixels of the picture."""
    image = np.zeros((120, 160, 3), np.uint8)
    image[40:60, 60:80] = 255
    for seed in range(40):
        random = np.random.default_rng(seed)
        left, top, wide, high = random.uniform((40, 20, 30, 30), (55, 35, 60, 60))
        wide, high = wide + 15, high + 15
        ground = np.zeros((100, 90, 3), np.uint8)
        windows.draw(image, (left, top, wide, high), ground, cv2.INTER_LINEAR)
        for at, start, length, side, edges in ((0, left, wide, 90, (60, 80)), (1, top, high, 100, (40, 60))):
            wanted = (np.array(edges) - start) * side / length
            if wanted.min() > 2 and wanted.max() < side - 2:
                seen = np.flatnonzero(ground[:, :, 0].max(axis=at) > 127)
                assert abs((seen[0] + seen[-1] + 1) / 2 - wanted.mean()) <= 0.75


def test_a_turned_dot_lies_on_its_turned_point() -> None:
    for seed in range(5):
        random = np.random.default_rng(seed)
        matrix = degrade.turn(random, replace(ALWAYS, angle=50.0), 160)
        assert matrix is not None
        image = np.zeros((160, 160, 3), np.uint8)
        image[60:68, 90:98] = 255
        turned = cv2.warpAffine(image, matrix, (160, 160))[:, :, 0].astype(float)
        middles = np.arange(160) + 0.5
        found = [turned.sum(axis=0) @ middles, turned.sum(axis=1) @ middles] / turned.sum()
        np.testing.assert_allclose(turned_points(np.array([94, 64], np.float32), matrix), found, atol=0.1)


@given(st.integers(0, 10_000), st.integers(8, 90), st.integers(8, 90))
def test_backgrounds_have_the_size_asked_for(seed: int, width: int, height: int) -> None:
    image = backgrounds.background(np.random.default_rng(seed), width, height)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8


@given(st.integers(0, 10_000), st.integers(8, 96))
def test_badges_have_the_size_asked_for_and_follow_from_their_generator(seed: int, side: int) -> None:
    image, again = (backgrounds.emblem(np.random.default_rng(seed), side) for _ in range(2))
    assert image.shape == (side, side, 3)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, again)


@given(st.integers(0, 10_000), st.integers(1, 120), st.integers(1, 90))
def test_titles_have_the_size_asked_for_and_follow_from_their_generator(
    seed: int, width: int, height: int
) -> None:
    image, again = (backgrounds.title(np.random.default_rng(seed), width, height) for _ in range(2))
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, again)


@given(st.integers(0, 1000))
def test_scrambling_leaves_no_piece_in_its_place(seed: int) -> None:
    face = np.arange(144, dtype=np.uint8).reshape(12, 12, 1).repeat(3, axis=2)
    mixed = backgrounds.scrambled(np.random.default_rng(seed), face)
    assert sorted(mixed.ravel()) == sorted(face.ravel())
    assert (mixed != face).all()


def test_a_face_too_small_to_cut_up_stays() -> None:
    face = np.zeros((1, 1, 3), np.uint8)
    assert backgrounds.scrambled(np.random.default_rng(0), face) is face


@given(st.integers(0, 300))
def test_spoiling_keeps_size_and_type(seed: int) -> None:
    image = drawn()
    spoilt = degrade.spoil(np.random.default_rng(seed), image, ALWAYS)
    assert spoilt.shape == image.shape
    assert spoilt.dtype == np.uint8
    assert (spoilt != image).any()


def test_nothing_asked_for_changes_nothing(composer: Composer) -> None:
    random, image = np.random.default_rng(0), drawn()
    _, faces = composer.picture(random, 160)
    assert degrade.spoil(random, image, NEVER) is image
    assert degrade.spoil(random, image, replace(ALWAYS, clean=1.0)) is image
    assert degrade.cover(random, image, faces, NEVER) is image
    assert degrade.turn(random, NEVER, 160) is None


def test_darkness_reaches_the_gain_stated() -> None:
    dark = replace(NEVER, light=1.0, darkest=0.06)
    bright = [degrade.spoil(np.random.default_rng(seed), drawn(), dark).mean() for seed in range(60)]
    assert min(bright) < 0.12 * drawn().mean()


def test_covering_hides_some_of_a_face_and_leaves_the_rest_of_the_picture(composer: Composer) -> None:
    covered = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        image, faces = composer.picture(random, 320)
        changed = (degrade.cover(random, image, faces, ALWAYS) != image).any(axis=2)
        outside = np.ones_like(changed)
        for x1, y1, x2, y2 in faces.boxes:
            reach = 0.4 * (y2 - y1) + 2
            top, left = max(int(y1 - reach), 0), max(int(x1 - reach), 0)
            outside[top : int(y2 + reach), left : int(x2 + reach)] = False
        assert not (changed & outside).any()
        covered += bool(changed.any())
    assert covered > 10


def test_a_turned_disc_lies_in_its_turned_box() -> None:
    image = np.zeros((160, 160, 3), np.uint8)
    cv2.ellipse(image, (60, 70), (20, 30), 0, 0, 360, (255, 255, 255), -1)
    box = np.array([[40, 40, 80, 100]], np.float32)
    for seed in range(10):
        random = np.random.default_rng(seed)
        matrix = degrade.turn(random, replace(ALWAYS, angle=50.0), 160)
        assert matrix is not None
        assert abs(np.degrees(np.arctan2(matrix[0, 1], matrix[0, 0]))) <= 50
        turned = cv2.warpAffine(image, matrix, (160, 160))
        ys, xs = np.nonzero(turned[:, :, 0] > 128)
        found = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        np.testing.assert_allclose(turned_boxes(box, matrix)[0], found, atol=2.5)
        assert degrade.turned(random, image, matrix).shape == image.shape
