import itertools
from pathlib import Path

import av
import numpy as np
import pytest

from mien import registry
from mien.errors import BadOption
from mien.trackers.iou_kalman import IouKalman
from mien.types import Box, Detection


def face(x: float, y: float = 100.0, width: float = 80.0) -> Detection:
    """A face around the center (x, y)."""
    return Detection(Box(x - width / 2, y - width * 0.6, x + width / 2, y + width * 0.6), 0.9)


def track(frames: list[tuple[float, list[Detection]]], tracker: IouKalman | None = None) -> list[list[int]]:
    tracker = tracker or IouKalman()
    return [tracker.update(detections, time) for time, detections in frames]


def test_half_a_second_out_of_sight_while_moving() -> None:
    """At 300 pixels a second the face is almost two widths further when it comes back."""
    times = np.arange(0, 3, 1 / 25)
    hidden = (times > 1) & (times < 1.5)
    frames = [(t, [] if away else [face(100 + 300 * t)]) for t, away in zip(times, hidden, strict=True)]
    assert set(itertools.chain(*track(frames))) == {1}


def test_two_faces_that_cross_keep_their_numbers() -> None:
    frames = [(t, [face(100 + 200 * t, 100), face(700 - 200 * t, 130)]) for t in np.arange(0, 3, 1 / 25)]
    ids = track(frames)
    assert ids[0] == ids[-1] == [1, 2]
    assert all(pair == [1, 2] for pair in ids)


def test_two_faces_that_cross_behind_each_other() -> None:
    """While one hides the other, only the front one is seen; the hidden one comes out with its number."""
    frames = []
    for t in np.arange(0, 3, 1 / 25):
        front, back = face(100 + 200 * t), face(700 - 200 * t, 104)
        hidden = abs(front.box.center[0] - back.box.center[0]) < 70
        frames.append((t, [front] if hidden else [front, back]))
    ids = track(frames)
    assert ids[0] == ids[-1]
    assert set(itertools.chain(*ids)) == {1, 2}


@pytest.mark.parametrize("seed", range(5))
def test_jitter_of_the_detector(seed: int) -> None:
    dice = np.random.default_rng(seed)
    frames = [(t, [face(200 + dice.normal(0, 6), 100 + dice.normal(0, 6), 80 * dice.uniform(0.85, 1.15))])
              for t in np.arange(0, 4, 1 / 30)]  # fmt: skip
    assert set(itertools.chain(*track(frames))) == {1}


@pytest.mark.parametrize("seed", range(5))
def test_detections_and_frames_that_drop_out(seed: int) -> None:
    """A third of the detections is missing and the frames come at irregular times."""
    dice = np.random.default_rng(seed)
    times = np.cumsum(dice.uniform(0.01, 0.2, 80))
    frames = [(t, [face(150 + 60 * np.sin(t))] if dice.random() > 0.33 else []) for t in times]
    assert set(itertools.chain(*track(frames))) == {1}


def test_a_pan_of_the_camera() -> None:
    """All faces start to move at once, half a width per frame."""
    offsets = [0.0] * 10 + [40.0 * step for step in range(20)]
    frames = [(index / 25, [face(100 + x), face(400 + x), face(700 + x)]) for index, x in enumerate(offsets)]
    assert track(frames) == [[1, 2, 3]] * 30


def test_a_crowd_keeps_its_numbers() -> None:
    """In any order of the detections; the pairs are taken best first, each face and each track once."""
    crowd = [(x, y) for x in range(0, 2000, 100) for y in range(0, 2000, 110)]
    first = [face(x, y) for x, y in crowd]
    then = [face(x + 12, y + 5) for x, y in reversed(crowd)]
    before, after = track([(0.0, first), (0.1, then)])
    assert after == before[::-1]
    assert len(set(before)) == len(crowd)


def test_few_frames_a_second() -> None:
    """At 4 frames a second a face moves by more than half its width in between."""
    frames = [(index / 4, [face(100 + 55 * index)]) for index in range(12)]
    assert track(frames) == [[1]] * 12


def test_walking_towards_the_camera() -> None:
    frames = [(t, [face(300, 200, 30 * 2**t)]) for t in np.arange(0, 3, 1 / 15)]
    assert set(itertools.chain(*track(frames))) == {1}


def test_another_place_is_another_person() -> None:
    assert track([(0.0, [face(100)]), (0.04, [face(600)])]) == [[1], [2]]


def test_another_size_is_another_person() -> None:
    assert track([(0.0, [face(100, 100, 200)]), (0.04, [face(100, 100, 40)])]) == [[1], [2]]


def test_a_gap_ends_a_track() -> None:
    tracker = IouKalman(max_gap=0.5)
    assert track([(0.0, [face(100)]), (0.5, [face(100)]), (1.01, [face(100)])], tracker) == [[1], [1], [2]]
    assert tracker.alive == {2}
    tracker.update([], 1.4)
    assert tracker.alive == {2}
    tracker.update([], 1.6)
    assert tracker.alive == set()


def test_going_back_in_time_starts_anew() -> None:
    """A loop or a seek: who was seen at another time is forgotten, and tracking works as at first."""
    tracker = IouKalman()
    tracker.update([face(100)], 60.0)
    moving = [(t, [face(100 + 300 * t)] if not 1 < t < 1.5 else []) for t in np.arange(0, 3, 1 / 25)]
    assert set(itertools.chain(*track(moving, tracker))) == {2}
    assert tracker.alive == {2}


def test_frames_without_a_clock() -> None:
    """Where time stands still, overlap alone decides."""
    assert track([(0.0, [face(100 + step)]) for step in range(20)]) == [[1]] * 20


@pytest.mark.parametrize("options", ["iou_threshold=0", "iou_threshold=1.5", "max_gap=-1"])
def test_options_that_cannot_be(options: str) -> None:
    with pytest.raises(BadOption, match=options):
        registry.load("trackers", f"iou_kalman:{options}")


@pytest.mark.data
@pytest.mark.parametrize("name", ["one_face_talking.mp4", "one_face_sad_to_happy.mp4"])
def test_one_person_is_one_number(data_folder: Path, yunet_file: Path, name: str) -> None:
    detector = registry.load("detectors", "yunet", weights=str(yunet_file), long_side=320)
    tracker, seen = IouKalman(), 0
    with av.open(str(data_folder / "videos" / name)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % 3 == 0:
                detections = detector.detect(frame.to_ndarray(format="bgr24"))
                assert set(tracker.update(detections, frame.time)) <= {1}
                seen += len(detections)
    assert seen > 20
