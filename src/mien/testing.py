"""Fakes to test with, for code that uses mien: a source and models that follow a script.

from mien import Analyzer, testing
with Analyzer(testing.FakeDetector(), testing.FakeClassifier(["happy"])) as analyzer:
    assert analyzer.analyze(testing.blank_frame().image).faces[0].expression.label == "happy"
"""

import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Literal, TypeVar

import numpy as np

from mien.artifact import CropSpec
from mien.classifiers.base import Classifier
from mien.detectors.base import Detector
from mien.errors import PartialSource, UnknownName
from mien.labels import FER7
from mien.landmarkers.base import Landmarker
from mien.sources.base import Source, Target
from mien.types import Box, Detection, Floats, Frame, Image, SourceInfo

T = TypeVar("T")

SURE = 0.7
"""The probability that `FakeClassifier` gives to its answer; the others share the rest."""


def blank_frame(
    width: int = 640, height: int = 480, *, value: int = 128, index: int = 0, time: float = 0.0
) -> Frame:
    """A frame of one gray ``value`` (0 to 255): (height, width, 3) uint8.

    frame = blank_frame(320, 240, time=0.5)
    assert frame.image.shape == (240, 320, 3)
    assert not registry.load("detectors", "haar").detect(frame.image)
    """
    return Frame(np.full((height, width, 3), value, np.uint8), index, time, "blank")


class ScriptedSource(Source):
    """Yields the given pictures, at ``rate`` frames per second; a `Frame` keeps its own index and time.

    ``kind`` as in `SourceInfo`; stills have time 0. ``breaks`` is the reason of the `PartialSource` that it
    ends with, if any; ``closed`` tells whether it was closed.

        with ScriptedSource([blank_frame().image] * 3, rate=10) as source:
            assert [frame.time for frame in source] == [0.0, 0.1, 0.2]
        assert source.closed
    """

    def __init__(
        self,
        frames: Sequence[Image | Frame],
        *,
        kind: Literal["pictures", "file", "live"] = "file",
        rate: float = 25.0,
        name: str = "script",
        breaks: str = "",
    ) -> None:
        self.kind = kind  # type: ignore[misc]  # fixed for a real source, chosen for this one
        self.closed = False
        self._rate, self._name, self._breaks = rate, name, breaks
        self._frames = [self._frame(index, frame) for index, frame in enumerate(frames)]

    @classmethod
    def accepts(cls, target: Target) -> bool:
        return False

    @property
    def info(self) -> SourceInfo:
        size = self._frames[0].image.shape if self._frames else (None, None)
        moving = self.kind != "pictures"
        return SourceInfo(
            self._name,
            self.kind,
            width=size[1],
            height=size[0],
            rate=self._rate if moving else None,
            duration=len(self._frames) / self._rate if self.kind == "file" else None,
            frame_count=len(self._frames),
        )

    def __iter__(self) -> Iterator[Frame]:
        yield from self._frames
        if self._breaks:
            raise PartialSource(self._breaks)

    def close(self) -> None:
        self.closed = True

    def _frame(self, index: int, picture: Image | Frame) -> Frame:
        if isinstance(picture, Frame):
            return picture
        return Frame(picture, index, 0.0 if self.kind == "pictures" else index / self._rate, self._name)


class FakeDetector(Detector):
    """Finds what the script says: one list of detections per call, the last one again and again.

    Without a script it finds one face in the middle of every picture, half as wide and high. ``labels`` are
    the expressions that it reads itself, where the script's detections have some.

        face = Detection(Box(10, 10, 60, 80), score=0.9)
        detector = FakeDetector([[face], []])
        assert [len(detector.detect(blank_frame().image)) for _ in range(3)] == [1, 0, 0]
    """

    def __init__(
        self, script: Iterable[Sequence[Detection]] | None = None, *, labels: Sequence[str] = ()
    ) -> None:
        self.labels = tuple(labels)
        self._script = None if script is None else _LastRepeats[Sequence[Detection]](script, ())

    def _find(self, image: Image) -> list[Detection]:
        if self._script is None:
            return [_middle(image)]
        return sorted(self._script.next(), key=lambda found: -found.score)


class FakeClassifier(Classifier):
    """Answers with the labels of the script, one per face, the last one again and again.

    Without a script the picture's mean brightness chooses: ``labels[0]`` for black, the last for white.

        model = FakeClassifier(["happy", "sad"])
        rows = model.predict([blank_frame().image] * 2)
        assert [model.expression(row).label for row in rows] == ["happy", "sad"]
    """

    def __init__(
        self,
        script: Iterable[str] | None = None,
        *,
        labels: Sequence[str] = FER7,
        unsure_below: float = 0.0,
    ) -> None:
        self.labels = tuple(labels)
        self.crop = CropSpec()
        self.unsure_below = unsure_below
        answers = None if script is None else [self._index(label) for label in script]
        self._script = None if answers is None else _LastRepeats(answers, 0)

    def predict(self, crops: Sequence[Image]) -> Floats:
        rows = np.full((len(crops), len(self.labels)), (1 - SURE) / (len(self.labels) - 1), np.float32)
        for row, crop in zip(rows, crops, strict=True):
            row[self._answer(crop)] = SURE
        return rows

    def _answer(self, crop: Image) -> int:
        if self._script is not None:
            return self._script.next()
        return int(crop.mean() / 256 * len(self.labels))

    def _index(self, label: str) -> int:
        if label not in self.labels:
            raise UnknownName("label", label, self.labels)
        return self.labels.index(label)


class FakeLandmarker(Landmarker):
    """Puts the points of a neutral face into every box, all shifted by the script's pixels, one per call.

    Without a script they stay in place. ``roll`` turns them clockwise about the box's middle, in degrees.

        box = Box(0, 0, 100, 120)
        still, moved = (FakeLandmarker([0, 5]).locate_all(blank_frame().image, [box, box]))
        assert np.allclose(moved - still, 5)
    """

    def __init__(self, script: Iterable[float] = (0.0,), *, roll: float = 0.0) -> None:
        self._shifts = _LastRepeats(script, 0.0)
        self._roll = math.radians(roll)

    def locate(self, image: Image, box: Box) -> Floats:
        cos, sin = math.cos(self._roll), math.sin(self._roll)
        turned = (_NEUTRAL - 0.5) * (box.width, box.height) @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned + box.center + self._shifts.next(), np.float32)


class _LastRepeats(Generic[T]):
    """Gives one item after the other, then the last one for ever; from any thread."""

    def __init__(self, items: Iterable[T], empty: T) -> None:
        self._items, self._last, self._lock = iter(items), empty, threading.Lock()

    def next(self) -> T:
        with self._lock:
            self._last = next(self._items, self._last)
            return self._last


def _arc(left: float, right: float, top: float, depth: float, count: int) -> list[tuple[float, float]]:
    """``count`` points from left to right, the middle ``depth`` below the ends at ``top``."""
    steps = np.linspace(-1, 1, count)
    across = (left + right) / 2 + steps * (right - left) / 2
    return list(zip(across.tolist(), (top + depth * (1 - steps**2)).tolist(), strict=True))


def _ring(left: float, right: float, middle: float, open_: float, between: int) -> list[tuple[float, float]]:
    """From the left corner over the top to the right corner and back; ``between`` points each way."""
    upper = _arc(left, right, middle, -open_, between + 2)
    return upper + _arc(left, right, middle, open_, between + 2)[-2:0:-1]


_NEUTRAL = np.array(
    _arc(0.02, 0.98, 0.35, 0.63, 17)
    + _arc(0.10, 0.42, 0.28, -0.05, 5)
    + _arc(0.58, 0.90, 0.28, -0.05, 5)
    + [(0.5, y) for y in (0.38, 0.45, 0.52, 0.59)]
    + _arc(0.42, 0.58, 0.63, 0.02, 5)
    + _ring(0.19, 0.38, 0.39, 0.03, 2)
    + _ring(0.62, 0.81, 0.39, 0.03, 2)
    + _ring(0.33, 0.67, 0.79, 0.04, 5)
    + _ring(0.37, 0.63, 0.79, 0.01, 3)
)
"""(68, 2): a face's points as shares of its box."""


def _middle(image: Image) -> Detection:
    height, width = image.shape[:2]
    box = Box(width / 4, height / 4, width * 3 / 4, height * 3 / 4)
    share = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)], np.float32)
    corner, size = np.array((box.x1, box.y1)), np.array((box.width, box.height))
    return Detection(box, 0.9, np.asarray(corner + share * size, np.float32))
