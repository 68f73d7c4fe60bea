"""The stages that one frame goes through: detect, track, landmarks, measure, classify, smooth."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mien.aligners.base import Aligner
from mien.classifiers.base import Classifier
from mien.config import QUALITY, AnalyzerOptions
from mien.detectors.base import Detector
from mien.landmarkers.base import Landmarker
from mien.landmarks68 import five_points
from mien.measures.base import Measure
from mien.one_euro import PointFilter
from mien.smoothers.base import Smoother
from mien.trackers.base import Tracker
from mien.types import Detection, Expression, Face, Floats, Frame, FrameResult, Image, Pose


class Models(Protocol):
    """What the stages use and do not change: `mien.pipeline.Analyzer` has it all."""

    options: AnalyzerOptions
    detector: Detector
    landmarker: Landmarker | None
    aligner: Aligner
    classifier: Classifier | None
    """None where the detector reads the expressions."""


@dataclass(frozen=True, slots=True)
class Following:
    """What a stream knows of its people. ``steady`` filters their facial points, where that was asked for."""

    tracker: Tracker
    smoother: Smoother
    steady: PointFilter | None = None


def process(
    models: Models, frame: Frame, measures: Sequence[Measure], stream: Following | None = None
) -> FrameResult:
    """What is in ``frame``; without a ``stream`` nothing is tracked, steadied or smoothed.

    Stages that are switched off take no time and have no timing.
    """
    watch = _Stopwatch()
    detections = _chosen(models.detector.detect(frame.image), models.options)
    watch.lap("detect")
    faces = _tracked(detections, stream, frame.time)
    watch.lap("track")
    if models.landmarker is not None:
        faces = _located(models.landmarker, frame, faces, stream)
        watch.lap("landmarks")
    if measures:
        faces = [_measured(measures, frame, face) for face in faces]
        watch.lap("measure")
    faces = [_unread(face, models) for face in faces]
    if models.classifier is not None:
        faces = _read(models.classifier, models, frame.image, faces)
        watch.lap("classify")
    if stream is not None:
        faces = [_steady_expression(models, stream.smoother, face, frame.time) for face in faces]
        _forget(stream, measures)
    watch.lap("smooth")
    height, width = frame.image.shape[:2]
    return FrameResult(frame.source, frame.index, frame.time, width, height, tuple(faces), watch.timings)


def cut(aligner: Aligner, classifier: Classifier, image: Image, face: Face) -> Image:
    """What ``classifier`` is to see of ``face``: turned upright by its 68 points, else by the detector's."""
    return aligner.cut(image, face.box, _points(face), classifier.crop)


class _Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.timings[stage] = (now - self._last) * 1000
        self._last = now


def _chosen(detections: list[Detection], options: AnalyzerOptions) -> list[Detection]:
    """Those high enough, and of them the largest ``max_faces``; in the detector's order."""
    chosen = [found for found in detections if found.box.height >= options.min_face]
    if options.max_faces and len(chosen) > options.max_faces:
        # By place, not by the smallest area kept: several may share that, as a cascade's sizes come in steps.
        by_area = sorted(range(len(chosen)), key=lambda at: -chosen[at].box.area)
        chosen = [chosen[at] for at in sorted(by_area[: options.max_faces])]
    return chosen


def _tracked(detections: Sequence[Detection], stream: Following | None, seconds: float) -> list[Face]:
    tracks: Sequence[int | None] = [None] * len(detections)
    if stream is not None:
        tracks = stream.tracker.update(detections, seconds)
    return [
        Face(found.box, found.score, found.points, track_id=track, expression=found.expression)
        for found, track in zip(detections, tracks, strict=True)
    ]


def _located(
    landmarker: Landmarker, frame: Frame, faces: Sequence[Face], stream: Following | None
) -> list[Face]:
    """``faces`` with their 68 points; those of a stream's people steadied."""
    found = landmarker.locate_all(frame.image, [face.box for face in faces])
    steady = None if stream is None else stream.steady
    return [
        replace(face, landmarks=_steadied(steady, face.track_id, points, frame.time))
        for face, points in zip(faces, found, strict=True)
    ]


def _steadied(steady: PointFilter | None, track: int | None, points: Floats, seconds: float) -> Floats:
    return points if steady is None or track is None else steady.update(track, points, seconds)


def _measured(measures: Sequence[Measure], frame: Frame, face: Face) -> Face:
    """``face`` with its measures; each sees what those before it found."""
    numbers: Mapping[str, float] = {}
    for measure in measures:
        values = measure.measure(frame, face)
        numbers = {**numbers, **dict(zip(measure.columns, values, strict=True))}
        face = replace(face, measures=numbers, pose=_pose(numbers), quality=_quality(numbers))
    return face


def _pose(numbers: Mapping[str, float]) -> Pose | None:
    angles = [numbers.get(name, math.nan) for name in ("roll", "yaw", "pitch")]
    return Pose(*angles) if all(map(math.isfinite, angles)) else None


def _quality(numbers: Mapping[str, float]) -> float | None:
    value = numbers.get(QUALITY, math.nan)
    return value if math.isfinite(value) else None


def _unread(face: Face, models: Models) -> Face:
    """``face`` without the detector's expression where it is too poor, or a classifier is to read it."""
    believed = models.classifier is None and not _is_poor(face, models.options.min_quality)
    return face if believed or face.expression is None else replace(face, expression=None)


def _read(classifier: Classifier, models: Models, image: Image, faces: Sequence[Face]) -> list[Face]:
    """``faces`` with expressions, but for the poor."""
    read, least = list(faces), models.options.min_quality
    good = [at for at, face in enumerate(read) if not _is_poor(face, least)]
    crops = [cut(models.aligner, classifier, image, read[at]) for at in good]
    for at, probabilities in zip(good, classifier.predict(crops), strict=True):
        read[at] = replace(read[at], expression=classifier.expression(probabilities))
    return read


def _is_poor(face: Face, least: float) -> bool:
    return face.quality is not None and face.quality < least


def _points(face: Face) -> Floats | None:
    """The five that the 68 points hold, else the detector's: those tell the eye line half as well."""
    return face.points if face.landmarks is None else five_points(face.landmarks)


def _steady_expression(models: Models, smoother: Smoother, face: Face, seconds: float) -> Face:
    if face.track_id is None or face.expression is None:
        return face
    probabilities = smoother.update(face.track_id, face.expression.probabilities, seconds)
    reader = models.detector if models.classifier is None else models.classifier
    unsure = bool(probabilities.max() < reader.unsure_below)
    return replace(face, expression=Expression(face.expression.labels, probabilities, unsure))


def _forget(stream: Following, measures: Sequence[Measure]) -> None:
    """Let go of people who will not come back."""
    alive = frozenset(stream.tracker.alive)
    stream.smoother.keep(alive)
    if stream.steady is not None:
        stream.steady.keep(alive)
    for measure in measures:
        measure.keep(alive)
