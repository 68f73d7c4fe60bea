"""What every method for facial points keeps to."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from face_points import PORTRAIT, place, template
from mien import imageops, registry
from mien.errors import BadOption
from mien.landmarkers.base import Landmarker
from mien.landmarks68 import five_points
from mien.types import Box, Image


def _dlib(folder: Path, portrait: Image) -> Landmarker:
    """With a predictor that learnt the portrait by heart, moved about and made smaller."""
    pytest.importorskip("dlib")
    import dlib_predictor

    faces = []
    for left, top, size in ((0, 0, 512), (20, 50, 600), (90, 10, 480), (40, 40, 700), (10, 100, 300)):
        canvas = np.full((800, 800, 3), 110, np.uint8)
        canvas[top : top + size, left : left + size] = imageops.resize(portrait, size, size)
        corners = np.array(PORTRAIT.as_tuple()) * size / 512 + (left, top, left, top)
        box = Box(*map(float, corners))
        faces.append((canvas, box, place(template(), box)))
    weights = dlib_predictor.train(folder / "points.dat", faces)
    loaded: Landmarker = registry.load("landmarkers", "dlib_68", weights=str(weights))
    return loaded


BUILDERS = {"dlib_68": _dlib}
"""Methods that are given their weights."""


@pytest.fixture(scope="module", params=registry.names("landmarkers"))
def landmarker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, portrait: Image
) -> Landmarker:
    if request.param in BUILDERS:
        return BUILDERS[request.param](tmp_path_factory.mktemp("weights"), portrait)
    loaded: Landmarker = registry.load("landmarkers", request.param)
    return loaded


def test_the_points_lie_on_the_portraits_face(landmarker: Landmarker, portrait: Image) -> None:
    points = landmarker.locate(portrait, PORTRAIT)
    assert points.shape == (68, 2)
    assert points.dtype == np.float32
    left, right, nose, left_mouth, right_mouth = five_points(points)
    assert PORTRAIT.x1 < left[0] < nose[0] < right[0] < PORTRAIT.x2
    assert left_mouth[0] < right_mouth[0]
    assert PORTRAIT.y1 < max(left[1], right[1]) < nose[1] < min(left_mouth[1], right_mouth[1]) < PORTRAIT.y2
    assert points[:17, 1].argmax() in range(6, 11)  # the chin


def test_all_faces_at_once_is_one_after_the_other(landmarker: Landmarker, portrait: Image) -> None:
    boxes = [PORTRAIT, Box(150, 50, 290, 200), Box(0, 0, 512, 512)]
    found = landmarker.locate_all(portrait, boxes)
    assert found.shape == (3, 68, 2)
    np.testing.assert_allclose(
        found, np.stack([landmarker.locate(portrait, box) for box in boxes]), atol=0.01
    )


def test_no_face_gives_no_points(landmarker: Landmarker, portrait: Image) -> None:
    found = landmarker.locate_all(portrait, [])
    assert found.shape == (0, 68, 2)
    assert found.dtype == np.float32


def test_place_and_scale_carry_over(landmarker: Landmarker, portrait: Image) -> None:
    before = landmarker.locate(portrait, PORTRAIT)
    canvas = np.full((1424, 1324, 3), 110, np.uint8)
    canvas[400:, 300:] = imageops.resize(portrait, 1024, 1024)
    x1, y1, x2, y2 = PORTRAIT.as_tuple()
    after = landmarker.locate(canvas, Box(x1 * 2 + 300, y1 * 2 + 400, x2 * 2 + 300, y2 * 2 + 400))
    moved = before * 2 + np.array((300, 400))
    assert np.linalg.norm(after - moved, axis=1).mean() < 0.03 * 2 * PORTRAIT.width


@pytest.mark.parametrize(
    "box",
    [
        Box(-60, -40, 50, 105),
        Box(480, 450, 590, 595),
        Box(2000, 2000, 2100, 2100),
        Box(-500, 10, -400, 140),
        Box(100, 100, 100, 100),
        Box(10.4, 20.6, 11.2, 21.9),
        Box(-300, -300, 900, 900),
    ],
)
def test_boxes_may_leave_the_picture_or_be_empty(landmarker: Landmarker, portrait: Image, box: Box) -> None:
    points = landmarker.locate(portrait, box)
    assert np.isfinite(points).all()
    reach = max(box.width, box.height, 1.0) * 1.5
    assert np.abs(points - np.array(box.center)).max() < reach + 2


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_box_that_is_nowhere_is_refused(landmarker: Landmarker, portrait: Image, value: float) -> None:
    with pytest.raises(BadOption, match="is no place in a picture"):
        landmarker.locate(portrait, Box(10, 10, value, 50))


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (7, 5), (20, 10_000)])
@pytest.mark.parametrize("value", [0, 255])
def test_pictures_of_any_size(landmarker: Landmarker, shape: tuple[int, int], value: int) -> None:
    height, width = shape
    points = landmarker.locate(np.full((*shape, 3), value, np.uint8), Box(0, 0, width, height))
    assert np.isfinite(points).all()


def test_gray_pictures_do(landmarker: Landmarker, portrait: Image) -> None:
    gray = imageops.gray(portrait)
    expected = landmarker.locate(portrait, PORTRAIT)
    for picture in (gray, gray[:, :, None], imageops.bgr(gray)):
        found = landmarker.locate(picture, PORTRAIT)
        assert np.linalg.norm(found - expected, axis=1).mean() < 0.01 * PORTRAIT.width


@pytest.mark.parametrize(
    "picture",
    [np.zeros((10, 10, 3), np.float32), np.zeros((10, 10, 2), np.uint8), np.zeros((0, 9, 3), np.uint8)],
)
def test_what_is_no_picture_is_refused(landmarker: Landmarker, picture: Image) -> None:
    with pytest.raises(BadOption, match="picture"):
        landmarker.locate(picture, Box(0, 0, 9, 9))


def test_a_view_gives_what_its_copy_gives(landmarker: Landmarker, portrait: Image) -> None:
    for view in (portrait[:, ::-1], portrait[5:-5, 3:-7]):
        assert np.array_equal(
            landmarker.locate(view, PORTRAIT), landmarker.locate(np.ascontiguousarray(view), PORTRAIT)
        )


def test_the_picture_stays_as_it_is(landmarker: Landmarker, portrait: Image) -> None:
    picture = portrait.copy()
    picture.setflags(write=False)
    landmarker.locate(picture, PORTRAIT)
    assert np.array_equal(picture, portrait)


def test_several_threads_get_the_same_answer(landmarker: Landmarker, portrait: Image) -> None:
    boxes = [PORTRAIT, Box(150, 50, 290, 200), Box(200, 80, 300, 220), Box(100, 0, 400, 300)]
    expected = [landmarker.locate(portrait, box) for box in boxes]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda box: landmarker.locate(portrait, box), boxes * 6))
    assert all(np.array_equal(answer, expected[index % 4]) for index, answer in enumerate(answers))


def test_the_file_of_the_model_is_named(landmarker: Landmarker) -> None:
    assert landmarker.weights is not None
    assert landmarker.weights.is_file()
