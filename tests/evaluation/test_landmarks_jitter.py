import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from face_points import place, template
from mien.evaluation import landmarks_jitter
from mien.landmarkers.base import Landmarker
from mien.landmarks68 import inter_ocular
from mien.testing import FakeDetector
from mien.types import Box, Detection, Floats, Frame, Image

BOX = Box(20, 20, 80, 90)
FACE = place(template(), BOX)
SIZE = float(inter_ocular(FACE))
PICTURE = np.full((100, 100, 3), 120, np.uint8)


class Trembling(Landmarker):
    """Right, but for a deviation of so many inter-ocular distances."""

    def __init__(self, deviation: float, drift: float = 0.0) -> None:
        self._random, self._calls = np.random.default_rng(0), 0
        self._deviation, self._drift = deviation, drift

    def locate(self, image: Image, box: Box) -> Floats:
        noise = self._random.standard_normal((68, 2)) * self._deviation + self._drift * self._calls
        self._calls += 1
        return (FACE + noise * SIZE).astype(np.float32)


def frames(count: int) -> Iterator[Frame]:
    return (Frame(PICTURE, index, index / 30) for index in range(count))


def measure(landmarker: Landmarker, *clips: Iterator[Frame], faces: int = 1) -> dict[str, float]:
    detector = FakeDetector([[Detection(BOX, 0.9)] * faces])
    return landmarks_jitter.jitter({"it": landmarker}, detector, clips)["it"]


def test_trembling_is_measured_and_the_filter_calms_it() -> None:
    found = measure(Trembling(0.01), frames(80))
    # From frame to frame two independent errors of two coordinates each add up.
    assert found["off"] == pytest.approx(0.02, rel=0.05)
    assert found["on"] < found["off"] / 3
    assert found["frames"] == 80


def test_a_moving_face_lags_behind() -> None:
    still, moving = measure(Trembling(0), frames(40)), measure(Trembling(0, 0.05), frames(40))
    assert still["off"] == still["lag"] == 0
    assert moving["off"] == pytest.approx(0.05 * math.sqrt(2), rel=0.01)
    assert moving["lag"] > 0


def test_clips_are_not_joined() -> None:
    apart = measure(Trembling(0, 0.5), frames(2), (Frame(PICTURE, 0, 0.0) for _ in range(1)))
    assert apart["frames"] == 2


def test_without_a_face_nothing_is_defined() -> None:
    found = measure(Trembling(0), frames(5), faces=0)
    assert math.isnan(found["off"])
    assert found["frames"] == 0


def test_a_still_picture_becomes_what_a_camera_gives(portrait: Image) -> None:
    made = list(landmarks_jitter.still(portrait, 3))
    assert [frame.time for frame in made] == pytest.approx([0, 1 / 30, 2 / 30])
    first, second = (frame.image.astype(int) for frame in made[:2])
    assert 1 < np.abs(first - second).mean() < 8
    assert np.abs(first - portrait).mean() < 8
    again = next(landmarks_jitter.still(portrait, 1))
    np.testing.assert_array_equal(again.image, made[0].image)


def test_videos_are_measured(make_video: object) -> None:
    path: Path = make_video(frames=6)  # type: ignore[operator]
    found = landmarks_jitter.of_video(path, {"it": Trembling(0.01)}, FakeDetector([[Detection(BOX, 0.9)]]))
    assert found["it"]["frames"] == 6
