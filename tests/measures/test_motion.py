import cv2
import numpy as np
import pytest

from made_faces import WIDTH, made_face, turned
from mien import regions
from mien.measures.motion import MAX_GAP, FaceMotion
from mien.types import Box, Face, Floats, Frame, Image

BOX = Box(100, 80, 300, 290)


@pytest.fixture(scope="module")
def texture() -> Image:
    """Spots of a few pixels, as skin has; what flow can follow."""
    noise = np.random.default_rng(4).normal(0, 1, (360, 420, 3))
    spots = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.asarray(np.clip(128 + spots / spots.std() * 40, 0, 255), np.uint8)


def moved(image: Image, matrix: Floats) -> Image:
    return np.asarray(
        cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def one(landmarks: Floats | None, track: int | None = 1) -> Face:
    return Face(BOX, 1.0, landmarks=landmarks, track_id=track)


def speeds(before: Image, after: Image, points: Floats, points_after: Floats) -> dict[str, float]:
    measure = FaceMotion()
    first = measure.measure(Frame(before, 0, 1.0), one(points))
    assert np.isnan(first).all()
    found = measure.measure(Frame(after, 1, 1.1), one(points_after))
    return dict(zip(FaceMotion.columns, found, strict=True))


def test_a_still_face_stands_still(texture: Image) -> None:
    assert max(speeds(texture, texture.copy(), made_face(), made_face()).values()) < 1e-3


@pytest.mark.parametrize(
    ("degrees", "scale", "shift"), [(0, 1, (25, -8)), (8, 1, (30, -20)), (0, 1.1, (-20, -15))]
)
def test_the_head_s_own_motion_does_not_count(
    texture: Image, degrees: float, scale: float, shift: tuple[float, float]
) -> None:
    axes = turned(np.eye(2, dtype=np.float32), degrees, scale)
    matrix = np.concatenate([axes.T, np.array([shift]).T], axis=1)
    face = made_face()
    found = speeds(texture, moved(texture, matrix), face, turned(face, degrees, scale, shift))
    assert max(found.values()) < 0.1  # 0.5 px of the picture in a tenth of a second


def test_nor_do_points_that_tremble(texture: Image) -> None:
    face = made_face()
    trembling = turned(face, 0.5, 1.01, (1, 1))
    assert max(speeds(texture, texture, face, trembling).values()) < 0.1


def test_only_the_region_that_moves_is_fast(texture: Image) -> None:
    """A mouth that goes down 4 px in a tenth of a second: 0.4 a second, less towards the box's edges."""
    face, after = made_face(), texture.copy()
    mouth = regions.regions(face)[-1].box
    x1, y1, x2, y2 = (round(value) for value in mouth.as_tuple())
    after[y1:y2, x1:x2] = texture[y1 - 4 : y2 - 4, x1:x2]
    found = speeds(texture, after, face, face)
    assert 0.6 < found.pop("motion_mouth") / (4 / WIDTH / 0.1) < 1.1
    assert found.pop("motion_face") < 0.15
    assert found.pop("motion_nose") < 0.15  # its box reaches to the lip
    assert max(found.values()) < 0.03


def test_speed_is_by_time_and_not_by_frame(texture: Image) -> None:
    face, after = made_face(), moved(texture, np.array([[1.0, 0.02, 0], [0, 1, 0]]))
    values = []
    for seconds in (0.04, 0.4):
        measure = FaceMotion()
        measure.measure(Frame(texture, 0, 0.0), one(face))
        values.append(measure.measure(Frame(after, 1, seconds), one(face)))
    np.testing.assert_allclose(values[0], np.multiply(values[1], 10), rtol=1e-4)


@pytest.mark.parametrize("time", [1.0, 0.9, 1.0 + MAX_GAP * 1.1])
def test_frames_without_a_fair_distance_tell_nothing(texture: Image, time: float) -> None:
    measure = FaceMotion()
    measure.measure(Frame(texture, 0, 1.0), one(made_face()))
    assert np.isnan(measure.measure(Frame(texture, 1, time), one(made_face()))).all()
    assert np.isfinite(measure.measure(Frame(texture, 2, time + 0.1), one(made_face()))).all()


def test_tracks_do_not_mix_and_are_forgotten_when_they_end(texture: Image) -> None:
    measure, face = FaceMotion(), made_face()
    measure.measure(Frame(texture, 0, 0.0), one(face, 1))
    assert np.isnan(measure.measure(Frame(texture, 1, 0.1), one(face, 2))).all()
    measure.keep(frozenset({2}))
    assert np.isnan(measure.measure(Frame(texture, 2, 0.2), one(face, 1))).all()
    assert np.isfinite(measure.measure(Frame(texture, 2, 0.2), one(face, 2))).all()


@pytest.mark.parametrize(
    "face", [one(None), one(made_face(), None), one(np.zeros((68, 2), np.float32)), one(made_face() * np.nan)]
)
def test_pictures_and_faces_without_points_have_no_motion(texture: Image, face: Face) -> None:
    measure = FaceMotion()
    for index in range(2):
        found = measure.measure(Frame(texture, index, index / 10), face)
        assert len(found) == len(FaceMotion.columns)
        assert np.isnan(found).all()


def test_a_face_beyond_the_border_can_be_measured(texture: Image) -> None:
    face = made_face() + np.float32(190)
    assert max(speeds(texture, texture, face, face).values()) < 1e-3
