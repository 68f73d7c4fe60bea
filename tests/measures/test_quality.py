from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_faces import made_face
from mien import imageops, landmarks68, registry
from mien.errors import BadOption
from mien.measures.quality import FaceQuality, Quality, quality
from mien.scenes.coco import Coco
from mien.types import Box, Face, Floats, Frame, Image

FACE = Box(175, 60, 285, 205)
"""Where the portrait's face is."""


def scaled(image: Image, box: Box, factor: float) -> tuple[Image, Box]:
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), Box(*(value * factor for value in box.as_tuple()))


def lit(image: Image, gain: float) -> Image:
    return np.clip(image.astype(np.float32) * gain, 0, 255).astype(np.uint8)


def test_a_good_portrait_is_without_hindrance(portrait: Image) -> None:
    found = quality(portrait, FACE, made_face())
    assert found.size == 1
    assert min(found.blur, found.light, found.pose or 0) > 0.8
    assert found.score == min(found.blur, found.light, found.pose or 0, 1)


@pytest.mark.parametrize("values", [(0.2, 0.5, 0.9, 1.0), (1.0, 0.4, None, 0.6), (1.0, 1.0, 0.1, 1.0)])
def test_the_weakest_known_part_decides(values: tuple[float, float, float | None, float]) -> None:
    assert Quality(*values).score == min(value for value in values if value is not None)


def falls(values: list[float]) -> bool:
    return values == sorted(values, reverse=True) and values[0] > 0.9 and values[-1] < 0.2


def test_a_smaller_face_is_worse(portrait: Image) -> None:
    sizes = [quality(*scaled(portrait, FACE, height / 145)).size for height in (145, 64, 30, 20, 12, 8)]
    assert falls(sizes)


def test_a_blurred_face_is_worse_at_any_contrast(portrait: Image) -> None:
    for image in (portrait, lit(portrait, 0.5)):
        sharp = [quality(cv2.GaussianBlur(image, (0, 0), sigma), FACE).blur for sigma in (0.5, 3, 5, 8)]
        assert falls(sharp)


def test_a_dark_or_blown_out_face_is_worse(portrait: Image) -> None:
    assert falls([quality(lit(portrait, gain), FACE).light for gain in (1, 0.3, 0.15, 0.04)])
    assert falls([quality(lit(portrait, gain), FACE).light for gain in (1, 2, 4, 20)])


def test_a_face_that_looks_away_is_worse(portrait: Image) -> None:
    frontal = landmarks68.five_points(made_face())
    parts = []
    for shift in (0, 12, 24, 48):
        turned = frontal.copy()
        turned[2, 0] += shift
        parts.append(quality(portrait, FACE, turned).pose or 0.0)
    assert falls([*parts[:3], 0.0])
    assert parts[3] < parts[2]


@given(st.floats(-600, 900), st.floats(-600, 900), st.floats(0, 700), st.floats(0, 700))
def test_any_box_has_a_quality(x: float, y: float, width: float, height: float) -> None:
    image = np.random.default_rng(1).integers(0, 256, (200, 300, 3)).astype(np.uint8)
    found = quality(image, Box(x, y, x + width, y + height))
    assert 0 <= found.score <= 1


@pytest.mark.parametrize("box", [Box(-50, -50, -10, -10), Box(600, 600, 700, 700), Box(5, 5, 5, 5)])
def test_a_box_outside_or_empty_has_none(portrait: Image, box: Box) -> None:
    assert quality(portrait, box).score == 0


def test_a_face_half_outside_counts_as_half_as_large(portrait: Image) -> None:
    image = portrait[:, 230:]
    half = Box(-55, 60, 55, 92)  # 110 x 32, half of it visible
    inside = quality(image, Box(0, 60, 55, 92))
    assert quality(image, half).size == pytest.approx(inside.size, abs=0.05)


@pytest.mark.parametrize("value", [0, 255])
def test_black_and_white_pictures_cannot_be_read(value: int) -> None:
    found = quality(np.full((90, 90, 3), value, np.uint8), Box(0, 0, 90, 90))
    assert (found.blur, found.light) == (0, 0)


@pytest.mark.parametrize("points", [None, made_face(), landmarks68.five_points(made_face())])
def test_the_measure_gives_score_and_parts(portrait: Image, points: Floats | None) -> None:
    many = points if points is not None and len(points) == 68 else None
    five = points if points is not None and len(points) == 5 else None
    values = FaceQuality().measure(Frame(portrait), Face(FACE, 1.0, points=five, landmarks=many))
    found = dict(zip(FaceQuality.columns, values, strict=True))
    assert found["quality"] == np.nanmin(list(found.values()))
    assert np.isnan(found["quality_pose"]) == (points is None)


def test_gray_pictures_have_quality_too(portrait: Image) -> None:
    plain, gray = quality(portrait, FACE), quality(imageops.gray(portrait), FACE)
    assert gray.score == pytest.approx(plain.score, abs=0.02)


@pytest.mark.parametrize(
    ("picture", "box", "said"),
    [
        (np.zeros((90, 90, 3), np.float32), Box(10, 10, 50, 50), "float32"),
        (np.zeros((90, 90, 3), np.uint8), Box(float("nan"), 10, 50, 50), "no place"),
    ],
)
def test_what_is_no_picture_or_place_is_refused(picture: Image, box: Box, said: str) -> None:
    with pytest.raises(BadOption, match=said):
        quality(picture, box)


@pytest.mark.data
def test_expressions_are_read_better_where_quality_is_high(data_folder: Path, yunet_file: Path) -> None:
    """Real pictures, as they are and made worse: accuracy of mini_xception above and below a score."""
    detector = registry.load("detectors", f"yunet:weights={yunet_file}")
    classifier = registry.load("classifiers", "mini_xception")
    right: dict[bool, list[bool]] = {True: [], False: []}
    scenes = Coco(str(data_folder / "faces" / "val.coco.json")).load().scenes
    for scene in [scene for scene in scenes if scene.source == "portraits4"][::4]:
        image, target = scene.image(), scene.boxes[0].category
        for worse in (image, cv2.GaussianBlur(image, (0, 0), 9), lit(image, 0.05)):
            found = detector.detect(image)
            if found:
                box, points = found[0].box, found[0].points
                row = classifier.predict([classifier.cut(worse, box)])[0]
                answer = classifier.expression(row).label
                right[quality(worse, box, points).score > 0.5].append(answer == target)
    good, bad = (np.mean(right[key]) for key in (True, False))
    assert min(map(len, right.values())) > 25
    assert good > bad + 0.15
