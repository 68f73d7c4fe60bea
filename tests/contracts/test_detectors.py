"""What every detector keeps to."""

import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mien import geometry, imageops, registry
from mien.detectors.base import Detector
from mien.errors import BadOption
from mien.types import Box, Detection, Image

PORTRAIT = Box(175, 60, 285, 205)
NEEDS_WEIGHTS = {"yunet"}
"""Detectors that are given their weights from the data folder."""
NEEDS_PACKAGE = {"dlib_hog": "dlib"}
"""Detectors of an optional extra, with the package that they import."""
MADE = ("anchor_free", "boxes_scores")
"""Layouts of a detector's file: made models that take what is bright for a face."""
NAMES = [
    pytest.param(name, marks=[pytest.mark.data] if name in NEEDS_WEIGHTS else [])
    for name in registry.names("detectors")
]


def build(name: str, request: pytest.FixtureRequest) -> Detector:
    options = {}
    if name in NEEDS_PACKAGE:
        pytest.importorskip(NEEDS_PACKAGE[name])
    if name in NEEDS_WEIGHTS:
        weights: Path = request.getfixturevalue("yunet_file")
        options["weights"] = str(weights)
    if name in MADE:
        name = str(make(name, request.getfixturevalue("tmp_path_factory").mktemp("made")))
    loaded: Detector = registry.load("detectors", name, **options)
    return loaded


def make(layout: str, folder: Path) -> Path:
    pytest.importorskip("onnx", reason="onnx makes the models (extra train)")
    import made_detectors

    path: Path = getattr(made_detectors, layout)(folder / f"{layout}.onnx")
    return path


@pytest.fixture(scope="module", params=NAMES)
def detector(request: pytest.FixtureRequest) -> Detector:
    """Each that sees faces."""
    return build(request.param, request)


@pytest.fixture(scope="module", params=[*NAMES, *MADE])
def any_detector(request: pytest.FixtureRequest) -> Detector:
    """Each that there is, whatever it sees."""
    return build(request.param, request)


def overlap(first: Box, second: Box) -> float:
    return float(geometry.iou(geometry.as_array([first]), geometry.as_array([second]))[0, 0])


def beside(portrait: Image) -> Image:
    half = portrait[:, 100:360]
    return np.hstack((half, half[:, ::-1]))


def inside(face: Detection, image: Image) -> bool:
    height, width = image.shape[:2]
    return 0 <= face.box.x1 < face.box.x2 <= width and 0 <= face.box.y1 < face.box.y2 <= height


def same(first: list[Detection], second: list[Detection]) -> bool:
    return len(first) == len(second) and all(
        (one.box, one.score) == (other.box, other.score)
        and (one.points is None or np.array_equal(one.points, other.points))
        for one, other in zip(first, second, strict=True)
    )


def test_finds_the_face_of_the_portrait(detector: Detector, portrait: Image) -> None:
    found = detector.detect(portrait)
    assert len(found) == 1
    assert overlap(found[0].box, PORTRAIT) >= 0.5


def test_finds_both_faces_of_a_pair(detector: Detector, portrait: Image) -> None:
    assert len(detector.detect(beside(portrait))) == 2


def test_keeps_to_the_types(any_detector: Detector, portrait: Image) -> None:
    found = any_detector.detect(beside(portrait))
    assert found
    assert all(first.score >= second.score for first, second in pairwise(found))
    for face in found:
        assert all(type(value) is float for value in (*face.box.as_tuple(), face.score))
        assert 0 <= face.score <= 1
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


SIZES = [(1, 1), (1, 7), (2, 900), (900, 2), (7, 7), (24, 24), (31, 31), (33, 1000), (480, 640), (1080, 1920)]
LONG = [(20, 10_000), (10_000, 20)]


@pytest.mark.parametrize("shape", [*SIZES, *LONG], ids=str)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_in_a_blank_picture(detector: Detector, shape: tuple[int, int], value: int) -> None:
    assert detector.detect(np.full((*shape, 3), value, np.uint8)) == []


@pytest.mark.parametrize("shape", [*SIZES, *LONG], ids=str)
@pytest.mark.parametrize("value", [0, 255])
def test_any_size_is_taken(any_detector: Detector, shape: tuple[int, int], value: int) -> None:
    image = np.full((*shape, 3), value, np.uint8)
    image[: shape[0] // 2] = 255
    assert all(inside(face, image) for face in any_detector.detect(image))


@pytest.mark.parametrize("kind", ["float32", "float64", "uint16", "int8", "bool"])
def test_other_numbers_are_refused_by_name(any_detector: Detector, kind: str) -> None:
    with pytest.raises(BadOption, match=kind):
        any_detector.detect(np.zeros((64, 64, 3), kind))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shape", [(64, 64), (64, 64, 1), (64, 64, 2), (64, 64, 4), (3, 64, 64), (0, 64, 3), ()]
)
def test_other_shapes_are_refused_by_name(any_detector: Detector, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadOption, match=re.escape(f"{shape}")):
        any_detector.detect(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("picture", [None, "portrait.jpg", [[[0, 0, 0]]]])
def test_what_is_no_array_is_refused(any_detector: Detector, picture: object) -> None:
    with pytest.raises(BadOption, match=type(picture).__name__):
        any_detector.detect(picture)  # type: ignore[arg-type]


def test_boxes_stay_inside_where_the_face_does_not(any_detector: Detector, portrait: Image) -> None:
    """Cut off on each side, step by step, from a tenth of the face on."""
    cuts = [
        image
        for share in (0.1, 0.3, 0.5)
        for image in (
            portrait[:, int(PORTRAIT.x1 + share * PORTRAIT.width) :],
            portrait[:, : int(PORTRAIT.x2 - share * PORTRAIT.width)],
            portrait[int(PORTRAIT.y1 + share * PORTRAIT.height) :],
            portrait[: int(PORTRAIT.y2 - share * PORTRAIT.height)],
        )
    ]
    assert all(inside(face, image) for image in cuts for face in any_detector.detect(image))


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


def test_a_view_gives_what_its_copy_gives(any_detector: Detector, portrait: Image) -> None:
    view = portrait[::-1, ::-1][::-1, ::-1][10:500, 20:480]
    assert not view.flags.c_contiguous
    assert same(any_detector.detect(view), any_detector.detect(np.ascontiguousarray(view)))
    mirrored = portrait[:, ::-1]
    assert same(any_detector.detect(mirrored), any_detector.detect(np.ascontiguousarray(mirrored)))


def test_the_picture_stays_as_it_is(any_detector: Detector, portrait: Image) -> None:
    picture = portrait.copy()
    picture.setflags(write=False)
    assert any_detector.detect(picture)
    assert np.array_equal(picture, portrait)


def test_several_threads_get_the_same_answer(any_detector: Detector, portrait: Image) -> None:
    pictures = [portrait, portrait[:, ::-1], portrait[:400, :400], np.zeros_like(portrait)]
    expected = [any_detector.detect(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(any_detector.detect, pictures * 3))
    assert all(same(answer, expected[index % 4]) for index, answer in enumerate(answers))


@pytest.mark.data
def test_all_agree_on_where_a_face_ends(request: pytest.FixtureRequest, portrait: Image) -> None:
    names = [
        name
        for name in registry.names("detectors")
        if name not in NEEDS_PACKAGE or importlib.util.find_spec(NEEDS_PACKAGE[name])
    ]
    boxes = [build(name, request).detect(portrait)[0].box for name in names]
    assert len(boxes) >= 2
    assert min(overlap(first, second) for first in boxes for second in boxes) >= 0.55
