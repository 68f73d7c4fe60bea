"""What every detector keeps to."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mien import geometry, imageops, registry
from mien.detectors.base import Detector
from mien.types import Box, Detection, Image

PORTRAIT = Box(175, 60, 285, 205)
NEEDS_WEIGHTS = {"yunet"}
"""Detectors that are given their weights from the data folder."""


def build(name: str, request: pytest.FixtureRequest) -> Detector:
    options = {}
    if name in NEEDS_WEIGHTS:
        weights: Path = request.getfixturevalue("yunet_file")
        options["weights"] = str(weights)
    loaded: Detector = registry.load("detectors", name, **options)
    return loaded


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.data] if name in NEEDS_WEIGHTS else [])
        for name in registry.names("detectors")
    ],
)
def detector(request: pytest.FixtureRequest) -> Detector:
    return build(request.param, request)


def overlap(first: Box, second: Box) -> float:
    return float(geometry.iou(geometry.as_array([first]), geometry.as_array([second]))[0, 0])


def same(first: list[Detection], second: list[Detection]) -> bool:
    return [(found.box, found.score) for found in first] == [(found.box, found.score) for found in second]


def test_finds_the_face_of_the_portrait(detector: Detector, portrait: Image) -> None:
    found = detector.detect(portrait)
    assert len(found) == 1
    assert overlap(found[0].box, PORTRAIT) >= 0.5


def test_keeps_to_the_types(detector: Detector, portrait: Image) -> None:
    half = portrait[:, 100:360]
    pair = np.hstack((half, half[:, ::-1]))
    found = detector.detect(pair)
    assert len(found) == 2
    assert all(first.score >= second.score for first, second in pairwise(found))
    for face in found:
        assert 0 <= face.score <= 1
        assert np.isfinite(face.box.as_tuple()).all()
        assert face.box.area > 0
        if face.points is not None:
            assert face.points.shape == (5, 2)
            assert face.points.dtype == np.float32


def test_the_point_on_the_left_comes_first(detector: Detector, portrait: Image) -> None:
    points = detector.detect(portrait)[0].points
    if points is None:
        pytest.skip("this detector gives no points")
    left_eye, right_eye, nose, left_mouth, right_mouth = points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.parametrize(
    "shape", [(480, 640), (1, 1), (2, 900), (900, 2), (31, 31), (24, 24), (1080, 1920), (33, 1000)]
)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_in_a_blank_picture(detector: Detector, shape: tuple[int, int], value: int) -> None:
    assert detector.detect(np.full((*shape, 3), value, np.uint8)) == []


def test_nothing_in_a_gradient(detector: Detector) -> None:
    ramp = np.linspace(0, 255, 640).astype(np.uint8)
    assert detector.detect(np.broadcast_to(ramp[None, :, None], (480, 640, 3))) == []


def test_scale_and_place_carry_over(detector: Detector, portrait: Image) -> None:
    """The same face twice as large, with a margin on the left and above."""
    before = detector.detect(portrait)[0].box
    canvas = np.full((1424, 1324, 3), 110, np.uint8)
    canvas[400:, 300:] = imageops.resize(portrait, 1024, 1024)
    after = max(detector.detect(canvas), key=lambda found: found.score).box
    moved = Box(before.x1 * 2 + 300, before.y1 * 2 + 400, before.x2 * 2 + 300, before.y2 * 2 + 400)
    assert overlap(after, moved) >= 0.6


def test_a_face_without_colour(detector: Detector, portrait: Image) -> None:
    colourless = imageops.bgr(imageops.gray(portrait))
    assert overlap(detector.detect(colourless)[0].box, PORTRAIT) >= 0.5


def test_a_view_gives_what_its_copy_gives(detector: Detector, portrait: Image) -> None:
    view = portrait[::-1, ::-1][::-1, ::-1][10:500, 20:480]
    assert not view.flags.c_contiguous
    assert same(detector.detect(view), detector.detect(np.ascontiguousarray(view)))
    mirrored = portrait[:, ::-1]
    assert same(detector.detect(mirrored), detector.detect(np.ascontiguousarray(mirrored)))


def test_the_picture_stays_as_it_is(detector: Detector, portrait: Image) -> None:
    picture = portrait.copy()
    picture.setflags(write=False)
    assert detector.detect(picture)
    assert np.array_equal(picture, portrait)


def test_several_threads_get_the_same_answer(detector: Detector, portrait: Image) -> None:
    pictures = [portrait, portrait[:, ::-1], portrait[:400, :400], np.zeros_like(portrait)]
    expected = [detector.detect(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(detector.detect, pictures * 6))
    assert all(same(answer, expected[index % 4]) for index, answer in enumerate(answers))


@pytest.mark.data
def test_all_agree_on_where_a_face_ends(request: pytest.FixtureRequest, portrait: Image) -> None:
    boxes = [build(name, request).detect(portrait)[0].box for name in registry.names("detectors")]
    assert len(boxes) >= 2
    assert min(overlap(first, second) for first in boxes for second in boxes) >= 0.55
