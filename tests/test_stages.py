"""What happens to one frame: landmarks, measures, the gate before the classifier, alignment, smoothing."""

import math
from typing import Any

import numpy as np
import pytest

from mien import registry, stages
from mien.aligners.base import Aligner
from mien.artifact import CropSpec
from mien.landmarks68 import five_points
from mien.measures.base import Measure
from mien.one_euro import PointFilter
from mien.pipeline import Analyzer
from mien.stages import Following
from mien.testing import FakeClassifier, FakeDetector, FakeLandmarker, blank_frame
from mien.types import Box, Detection, Expression, Face, Floats, Frame, Image

BOXES = [Box(100, 100, 200, 220), Box(300, 100, 420, 240)]
FACES = [Detection(box, 0.9) for box in BOXES]


class Marks(Measure):
    """Gives what it is told, and remembers what it saw."""

    def __init__(self, **columns: float) -> None:
        self.columns = tuple(columns)  # type: ignore[misc]
        self._values = tuple(columns.values())
        self.seen: list[Face] = []
        self.kept: frozenset[int] = frozenset()

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        self.seen.append(face)
        return self._values

    def keep(self, tracks: frozenset[int]) -> None:
        self.kept = tracks


class Quality(Marks):
    """The left face is poor, the right one good."""

    def __init__(self, *values: float) -> None:
        super().__init__(quality=0.0)
        self._qualities = values

    def measure(self, frame: Frame, face: Face) -> tuple[float, ...]:
        return (self._qualities[0 if face.box.x1 < 250 else 1],)


class Remember(Aligner):
    def __init__(self) -> None:
        self.points: list[Floats | None] = []

    def cut(self, image: Image, box: Box, points: Floats | None, spec: CropSpec) -> Image:
        self.points.append(points)
        return image[:8, :8]


def looking(detections: list[Detection] | None = None, labels: str = "happy", **options: Any) -> Analyzer:
    return Analyzer(
        FakeDetector([FACES if detections is None else detections]), FakeClassifier([labels]), **options
    )


def stream(steady: PointFilter | None = None) -> Following:
    return Following(registry.load("trackers", "iou_kalman"), registry.load("smoothers", "none"), steady)


def test_all_faces_get_points_and_measures_that_see_them() -> None:
    first, second = Marks(a=1.0, b=math.nan), Marks(c=2.0)
    result = stages.process(looking(landmarker=FakeLandmarker()), blank_frame(), [first, second])
    assert [face.landmarks.shape for face in result.faces] == [(68, 2)] * 2
    assert list(result.faces[0].measures) == ["a", "b", "c"]
    assert (result.faces[1].measures["a"], result.faces[1].measures["c"]) == (1.0, 2.0)
    assert [face.landmarks is None for face in first.seen] == [False, False]
    assert "a" in second.seen[0].measures
    assert list(result.timings) == ["detect", "track", "landmarks", "measure", "classify", "smooth"]


def test_what_is_off_takes_no_time() -> None:
    assert list(stages.process(looking(), blank_frame(), []).timings) == [
        "detect",
        "track",
        "classify",
        "smooth",
    ]


def test_pose_and_quality_are_set_where_they_were_measured() -> None:
    told = stages.process(looking(), blank_frame(), [Marks(roll=1.0, yaw=2.0, pitch=3.0, quality=0.5)]).faces[
        0
    ]
    assert (told.pose.roll, told.pose.yaw, told.pose.pitch, told.quality) == (1.0, 2.0, 3.0, 0.5)
    nothing = Marks(roll=math.nan, yaw=2.0, pitch=3.0, quality=math.nan)
    untold = stages.process(looking(), blank_frame(), [nothing]).faces[0]
    assert (untold.pose, untold.quality) == (None, None)


def test_poor_faces_keep_box_and_track_but_are_not_read() -> None:
    analyzer = looking(landmarker=FakeLandmarker())
    object.__setattr__(analyzer.options, "min_quality", 0.3)
    poor, good = stages.process(analyzer, blank_frame(), [Quality(0.2, 0.3)], stream()).faces
    assert (poor.expression, poor.track_id, poor.quality, poor.box) == (None, 1, 0.2, BOXES[0])
    assert good.expression.label == "happy"
    assert poor.landmarks is not None
    neither = stages.process(analyzer, blank_frame(), [Quality(0.1, 0.2)], stream())
    assert [face.expression for face in neither.faces] == [None, None]


def test_a_quality_that_cannot_be_told_does_not_gate() -> None:
    analyzer = looking()
    object.__setattr__(analyzer.options, "min_quality", 0.3)
    faces = stages.process(analyzer, blank_frame(), [Quality(math.nan, 0.9)]).faces
    assert [face.expression.label for face in faces] == ["happy", "happy"]


def test_the_gate_also_holds_for_what_the_detector_read() -> None:
    sad = Expression(FakeClassifier().labels, np.eye(7, dtype=np.float32)[4])
    analyzer = looking([Detection(box, 0.9, expression=sad) for box in BOXES])
    analyzer.classifier = None
    object.__setattr__(analyzer.options, "min_quality", 0.3)
    poor, good = stages.process(analyzer, blank_frame(), [Quality(0.2, 0.9)]).faces
    assert (poor.expression, good.expression) == (None, sad)


def test_a_face_that_was_poor_for_a_while_goes_on_where_it_was() -> None:
    """Its track lives on, its smoothed expression too."""
    analyzer = looking(FACES[:1])
    object.__setattr__(analyzer.options, "min_quality", 0.3)
    people = Following(
        registry.load("trackers", "iou_kalman"), registry.load("smoothers", "exponential:seconds=9")
    )
    read = []
    for index, (quality, label) in enumerate([(0.9, "happy"), (0.1, "sad"), (0.9, "sad")]):
        analyzer.classifier = FakeClassifier([label])
        frame = blank_frame(index=index, time=index / 10)
        read.append(stages.process(analyzer, frame, [Quality(quality, 0)], people).faces[0])
    assert [face.track_id for face in read] == [1, 1, 1]
    assert read[1].expression is None
    assert read[2].expression.label == "happy"


def test_points_of_people_in_a_stream_are_steadied() -> None:
    def spread(steady: PointFilter | None, following: bool = True) -> float:
        marker = FakeLandmarker([0.0, 2.0] * 10)
        analyzer = looking(FACES[:1], landmarker=marker)
        people = stream(steady) if following else None
        frames = [blank_frame(index=i, time=i / 30) for i in range(20)]
        found = [stages.process(analyzer, frame, [], people).faces[0].landmarks for frame in frames]
        return float(np.std([points[30, 0] for points in found[10:]]))

    assert spread(None) == pytest.approx(1.0)
    assert spread(PointFilter()) < 0.6
    assert spread(PointFilter(), following=False) == pytest.approx(1.0)


def test_who_is_gone_is_forgotten_by_all() -> None:
    measure, steady, people = Marks(a=1.0), PointFilter(), stream(PointFilter())
    analyzer = looking(landmarker=FakeLandmarker())
    stages.process(analyzer, blank_frame(), [measure], people)
    assert measure.kept == {1, 2}
    analyzer.detector = FakeDetector([[]])
    stages.process(analyzer, blank_frame(time=60.0), [measure], people)
    assert measure.kept == frozenset()
    assert steady is not people.steady


def test_aligners_get_the_points_of_the_68_or_else_the_detectors() -> None:
    five = np.arange(10, dtype=np.float32).reshape(5, 2)
    aligner = Remember()
    analyzer = looking(
        [Detection(BOXES[0], 0.9, five), FACES[1]], aligner=aligner, landmarker=FakeLandmarker()
    )
    faces = stages.process(analyzer, blank_frame(), []).faces
    for given, face in zip(aligner.points, faces, strict=True):
        np.testing.assert_allclose(given, five_points(face.landmarks))
    np.testing.assert_array_equal(faces[0].points, five)
    assert faces[1].points is None, "the detector gave none"
    analyzer.landmarker = None
    stages.process(analyzer, blank_frame(), [])
    np.testing.assert_array_equal(aligner.points[2], five)
    assert aligner.points[3] is None
