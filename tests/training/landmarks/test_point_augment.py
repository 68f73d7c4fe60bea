"""Faces are changed, and their points with them."""

from dataclasses import replace

import numpy as np
import pytest

from face_points import draw, place, template
from mien import imageops, prepare
from mien.artifact import CropSpec
from mien.landmarks68 import LEFT_EYE, RIGHT_EYE
from mien.training.landmarks.augment import PointAugment, cut, face_box, vary
from mien.types import Box, Floats, Image

CROP = CropSpec(1.3)
STILL = PointAugment(0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
POINTS = place(template(), Box(60, 60, 140, 150))
FACE = imageops.gray(draw(POINTS, 200, 200))


def eyes(face: Image, points: Floats) -> list[float]:
    """How dark the picture is where the eyes should be."""
    side = face.shape[0]
    found = []
    for eye in (LEFT_EYE, RIGHT_EYE):
        x, y = np.round(points[list(eye)].mean(axis=0) * side - 0.5).astype(int)
        found.append(float(face[y, x]))
    return found


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_nothing_asked_for_changes_nothing() -> None:
    face, points = vary(FACE, POINTS, CROP, STILL, random())
    box = face_box(POINTS)
    np.testing.assert_array_equal(face, prepare.crop(FACE, box, CROP))
    left, top, side = prepare.square(box, CROP)
    np.testing.assert_allclose(points * side + (left, top), POINTS, atol=0.01)
    assert points.dtype == np.float32


@pytest.mark.parametrize(
    "changes",
    [
        {"flip": 1.0},
        {"rotate": 45.0},
        {"smaller": 0.85, "larger": 1.2, "shift": 0.1, "aspect": 0.1},
        {"flip": 0.5, "rotate": 45.0, "smaller": 0.85, "larger": 1.2, "shift": 0.1, "aspect": 0.1},
    ],
)
def test_the_points_stay_on_the_eyes(changes: dict[str, float]) -> None:
    for seed in range(30):
        face, points = vary(FACE, POINTS, CROP, replace(STILL, **changes), random(seed))
        assert face.shape[0] == face.shape[1]
        assert max(eyes(face, points)) < 80


def test_a_flip_mirrors_picture_and_points() -> None:
    lopsided = POINTS.copy()
    lopsided[36:42, 1] -= 12  # the eye on the picture's left is higher
    face, points = vary(
        imageops.gray(draw(lopsided, 200, 200)), lopsided, CROP, replace(STILL, flip=1.0), random()
    )
    assert points[42:48, 1].mean() < points[36:42, 1].mean() - 0.05
    assert max(eyes(face, points)) < 80


@pytest.mark.parametrize("name", ["gain", "gamma", "blur", "coarse", "noise", "jpeg", "cover"])
def test_pixels_change_and_points_do_not(name: str) -> None:
    plain, expected = vary(FACE, POINTS, CROP, STILL, random())
    face, points = vary(FACE, POINTS, CROP, replace(STILL, **{name: 1.0}), random())
    assert face.dtype == np.uint8
    assert face.shape == plain.shape
    assert not np.array_equal(face, plain)
    np.testing.assert_array_equal(points, expected)


def test_the_same_seed_gives_the_same_face() -> None:
    first, second, other = (vary(FACE, POINTS, CROP, PointAugment(), random(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert first[0].shape != other[0].shape or not np.array_equal(first[0], other[0])


def test_the_box_holds_the_points_and_a_forehead() -> None:
    box = face_box(POINTS)
    assert box.x1 <= POINTS[:, 0].min()
    assert box.x2 >= POINTS[:, 0].max()
    assert box.y2 == pytest.approx(POINTS[:, 1].max())
    height = POINTS[:, 1].max() - POINTS[:, 1].min()
    assert 0.2 * height < POINTS[:, 1].min() - box.y1 < 0.45 * height


def test_crops_may_leave_the_picture() -> None:
    face, points = cut(FACE, POINTS - 70, Box(-20, -20, 70, 80), CROP)
    assert face.shape == (130, 130)
    assert points.min() > 0


@pytest.mark.data
def test_the_box_is_what_a_detector_draws(data_folder: object, yunet_file: object) -> None:
    from mien import geometry, registry
    from mien.datasets import _landmarks68

    portraits = _landmarks68.load("val", f"{data_folder}/landmarks68")
    detector = registry.load("detectors", "yunet", weights=str(yunet_file))
    overlaps = []
    for index in range(0, len(portraits), 10):
        found = geometry.as_array([face.box for face in detector.detect(portraits.image(index))])
        given = geometry.as_array([face_box(portraits.points[index])])
        overlaps.append(geometry.iou(given, found).max(initial=0))
    assert np.median(overlaps) > 0.8
