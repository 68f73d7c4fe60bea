"""What every measure keeps to."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from made_faces import made_face, turned
from mien import landmarks68, registry
from mien.errors import BadOption
from mien.measures.base import Measure
from mien.sinks.base import COLUMNS
from mien.types import Box, Face, Floats, Frame, Image

NAMES = registry.names("measures")
POINTS = made_face(mouth_open=6)
FACE = Face(
    Box(110, 100, 290, 280), 0.9, landmarks68.five_points(POINTS), landmarks=POINTS, track_id=1, quality=0.5
)
BOX_ONLY = Face(FACE.box, 0.9)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def load(name: str) -> Measure:
    measure: Measure = registry.load("measures", name)
    return measure


def picture(index: int = 0) -> Image:
    values = np.random.default_rng(index).integers(0, 256, (300, 400, 3))
    return np.asarray(values, np.uint8)


def frames(count: int) -> list[Frame]:
    return [Frame(picture(index), index, index / 25) for index in range(count)]


def test_very_wide_pictures_do(name: str) -> None:
    wide = np.zeros((300, 40_000, 3), np.uint8)
    measure = load(name)
    first, second = (measure.measure(Frame(wide, index, index / 25), FACE) for index in range(2))
    assert len(first) == len(second) == len(measure.columns)


NO_PICTURES = {
    "float32": np.zeros((300, 400, 3), np.float32),
    "uint16": np.zeros((300, 400, 3), np.uint16),
    "(300, 400, 2)": np.zeros((300, 400, 2), np.uint8),
}


@pytest.mark.parametrize("wrong", NO_PICTURES)
def test_what_is_no_picture_is_refused_by_name(name: str, wrong: str) -> None:
    """By those that look at it; the others measure points, and answer as ever."""
    image: Image = NO_PICTURES[wrong]  # type: ignore[assignment]
    if name in {"geometry", "points", "pose"}:
        found = load(name).measure(Frame(image), FACE)
        np.testing.assert_array_equal(found, load(name).measure(frames(1)[0], FACE))
        return
    with pytest.raises(BadOption, match=re.escape(wrong)):
        load(name).measure(Frame(image), FACE)


def test_columns_are_new_words_unique_over_all_measures() -> None:
    columns = [column for name in NAMES for column in registry.find("measures", name).columns]  # type: ignore[attr-defined]
    assert all(column.isidentifier() and column == column.lower() for column in columns)
    assert [column for column, count in Counter(columns).items() if count > 1] == []
    assert set(columns) & set(COLUMNS) == set()


def test_there_is_one_number_per_column(name: str) -> None:
    measure = load(name)
    for frame in frames(2):
        values = measure.measure(frame, FACE)
        assert len(values) == len(measure.columns)
        assert all(type(value) is float for value in values)
    assert np.isfinite(values).all()


@pytest.mark.parametrize("face", [BOX_ONLY, Face(FACE.box, 0.9, FACE.points)], ids=["box", "five points"])
def test_what_cannot_be_told_is_nan_and_not_an_error(name: str, face: Face) -> None:
    measure = load(name)
    values = measure.measure(frames(1)[0], face)
    assert len(values) == len(measure.columns)
    if measure.needs_landmarks:
        assert np.isnan(values).all()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.floats(-180, 180), st.floats(0, 3), st.floats(-800, 800), st.floats(-800, 800))
def test_faces_anywhere_can_be_measured(name: str, angle: float, scale: float, x: float, y: float) -> None:
    points = turned(POINTS, angle, scale, (x, y))
    (x1, y1), (x2, y2) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    face = Face(Box(x1, y1, x2, y2), 0.9, landmarks68.five_points(points), landmarks=points, track_id=1)
    measure = load(name)
    for frame in frames(2):
        assert not np.isinf(measure.measure(frame, face)).any()


@pytest.mark.parametrize("points", [np.zeros((68, 2)), np.full((68, 2), np.nan)], ids=["one place", "nan"])
def test_points_that_are_no_face_give_numbers_or_nan(name: str, points: Floats) -> None:
    face = Face(FACE.box, 0.9, landmarks=points.astype(np.float32), track_id=1)
    assert not np.isinf(load(name).measure(frames(1)[0], face)).any()


def test_the_picture_and_the_points_stay_as_they_are(name: str) -> None:
    measure, pair, before = load(name), frames(2), POINTS.copy()
    for frame in pair:
        measure.measure(frame, FACE)
    assert all(np.array_equal(frame.image, picture(frame.index)) for frame in pair)
    np.testing.assert_array_equal(before, POINTS)


def test_company_does_not_change_an_answer(name: str) -> None:
    """Nor does a track that ended: its number may come again, as another person."""
    alone, together = load(name), load(name)
    other = Face(Box(0, 0, 90, 90), 0.9, landmarks=turned(POINTS, 10, 0.5), track_id=2)
    for frame in frames(3):
        expected = alone.measure(frame, FACE)
        together.measure(frame, other)
        np.testing.assert_array_equal(together.measure(frame, FACE), expected)
        together.keep(frozenset({1, 2}))
    together.keep(frozenset())
    fresh = load(name).measure(frames(1)[0], FACE)
    np.testing.assert_array_equal(together.measure(frames(1)[0], FACE), fresh)
