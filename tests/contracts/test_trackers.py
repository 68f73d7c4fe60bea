"""What every tracker keeps to."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien import registry
from mien.trackers.base import Tracker
from mien.types import Box, Detection


@pytest.fixture(params=registry.names("trackers"))
def name(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def load(name: str) -> Tracker:
    tracker: Tracker = registry.load("trackers", name)
    return tracker


def face(x: float, y: float, width: float = 80, height: float = 100) -> Detection:
    return Detection(Box(x, y, x + width, y + height), 0.9)


numbers = st.floats(-1e4, 1e4, width=32)
sizes = st.floats(0, 2e3, width=32)
faces = st.builds(face, numbers, numbers, sizes, sizes)
# Time may stand still or go back: cameras and cut videos do so.
scenes = st.lists(st.tuples(st.lists(faces, max_size=5), st.floats(-1, 3)), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(scenes)
def test_ids_are_given_at_once_and_never_again(name: str, scene: list[tuple[list[Detection], float]]) -> None:
    tracker, time, highest = load(name), 0.0, 0
    gone: set[int] = set()
    for detections, step in scene:
        time += step
        before = set(tracker.alive)
        ids = tracker.update(detections, time)
        assert len(ids) == len(detections)
        assert len(set(ids)) == len(ids), "one number for two faces of one frame"
        fresh = sorted(set(ids) - before)
        assert fresh == list(range(highest + 1, highest + 1 + len(fresh))), "new numbers count on"
        highest += len(fresh)
        assert set(ids) <= tracker.alive
        gone |= before - tracker.alive
        assert not gone & set(ids), "a number came back from the dead"


def test_the_first_faces_count_from_one(name: str) -> None:
    assert sorted(load(name).update([face(0, 0), face(300, 0)], 0.0)) == [1, 2]


def test_a_face_that_rests_keeps_its_number(name: str) -> None:
    tracker = load(name)
    assert [tracker.update([face(50, 50)], index / 25) for index in range(50)] == [[1]] * 50


def test_numbers_follow_the_faces_not_their_order(name: str) -> None:
    tracker = load(name)
    left, right = tracker.update([face(0, 0), face(300, 0)], 0.0)
    assert tracker.update([face(302, 1), face(2, 1)], 0.04) == [right, left]


def test_no_faces_are_no_numbers(name: str) -> None:
    tracker = load(name)
    assert tracker.update([], 0.0) == []
    assert tracker.alive == set()
