"""The pipeline: source -> detect -> track -> classify -> smooth -> sinks, each stage timed.

Thread rules. An `Analyzer` holds the models; they keep nothing between calls, so several threads may share
one. A `Session` holds what belongs to one stream (tracks, smoothing) and is used by one thread at a time:
give each visitor or stream its own.
"""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mien import imageops, registry
from mien.classifiers.base import Classifier
from mien.config import AnalyzerOptions
from mien.detectors.base import Detector
from mien.errors import BadOption, PartialSource, SourceError
from mien.frames import ahead, between, timed
from mien.sinks.base import Sink
from mien.smoothers.base import Smoother
from mien.sources.base import Source, Target
from mien.summary import STOPPED, RunSummary, Tally
from mien.trackers.base import Tracker
from mien.types import Detection, Expression, Face, Frame, FrameResult, Image

Progress = Callable[[int, float], None]
"""Called after each frame with the number of frames done and the media time (s); may raise to stop."""

_DEFAULTS = AnalyzerOptions()
_AHEAD = 4
"""Frames of a file that are decoded ahead of the analysis."""


class Analyzer:
    """Finds faces and reads their expressions, in pictures and in streams.

    ``detector`` and ``classifier`` are names (``"yunet:weights=PATH"``) or objects; the other arguments are
    those of `mien.config.AnalyzerOptions`. A context manager: models are freed on leaving it.
    """

    def __init__(
        self,
        detector: str | Detector = _DEFAULTS.detector,
        classifier: str | Classifier = _DEFAULTS.classifier,
        *,
        tracker: str = _DEFAULTS.tracker,
        smoother: str = _DEFAULTS.smoother,
        max_faces: int = _DEFAULTS.max_faces,
        min_face: float = _DEFAULTS.min_face,
    ) -> None:
        self.options = AnalyzerOptions(
            detector=detector if isinstance(detector, str) else type(detector).__name__,
            classifier=classifier if isinstance(classifier, str) else type(classifier).__name__,
            tracker=tracker,
            smoother=smoother,
            max_faces=max_faces,
            min_face=min_face,
        )
        self.detector: Detector = _loaded("detectors", detector)
        self.classifier: Classifier = _loaded("classifiers", classifier)

    @classmethod
    def from_options(cls, options: AnalyzerOptions) -> Self:
        """An analyzer with ``options``, as read from settings or flags."""
        return cls(
            options.detector,
            options.classifier,
            tracker=options.tracker,
            smoother=options.smoother,
            max_faces=options.max_faces,
            min_face=options.min_face,
        )

    def session(self) -> "Session":
        """A new stream: its own tracks and smoothing, over the shared models."""
        return Session(self)

    def analyze(self, picture: Image | str | Path) -> FrameResult:
        """What is in one picture: a path, or an (H, W, 3) BGR or (H, W) gray uint8 array.

        Nothing is tracked or smoothed. Raises `SourceError` for a file that is no readable picture.
        """
        if isinstance(picture, (str, Path)):
            return self._analyze(Frame(imageops.read(picture), source=str(picture)))
        return self._analyze(Frame(imageops.bgr(picture)))

    def stream(
        self, target: Target | Path | Source, *, every: int = 1, start: float = 0.0, end: float | None = None
    ) -> Iterator[FrameResult]:
        """The results of a camera, file, folder, glob or URL, frame by frame; see `frames`."""
        for _, result in self.frames(target, every=every, start=start, end=end):
            yield result

    def frames(
        self, target: Target | Path | Source, *, every: int = 1, start: float = 0.0, end: float | None = None
    ) -> Iterator[tuple[Frame, FrameResult]]:
        """Each frame of ``target`` with its result.

        ``every=3`` analyses each third frame and leaves the others out; ``start`` and ``end`` are seconds of
        media time. Raises `SourceError` where the source cannot be opened and `PartialSource`, after the
        last good frame, where it breaks off.
        """
        with open_source(target) as source:
            yield from self._results(source, every, start, end)

    def run(
        self,
        target: Target | Path | Source,
        sinks: Sequence[Sink] = (),
        *,
        every: int = 1,
        start: float = 0.0,
        end: float | None = None,
        progress: Progress | None = None,
    ) -> RunSummary:
        """Send every result of ``target`` to ``sinks`` (open and closed by the caller) and sum up.

        A source that breaks off, or Ctrl-C, ends the run without an error: what came before stands, and the
        summary's ``partial`` gives the reason (Ctrl-C is how a live source is meant to end: not partial).
        """
        began = time.perf_counter()
        tally = Tally()
        partial = None
        with open_source(target) as source:
            info = replace(source.info, start=start, end=end)
            for sink in sinks:
                sink.begin(info)
            try:
                for frame, result in self._results(source, every, start, end):
                    for sink in sinks:
                        sink.write(frame, result)
                    tally.add(result)
                    if progress is not None:
                        progress(tally.frames, result.time)
            except PartialSource as error:
                partial = str(error)
            except KeyboardInterrupt:
                partial = None if info.kind == "live" else STOPPED
            return tally.summary(
                info,
                time.perf_counter() - began,
                dropped=source.dropped,
                partial=partial,
                failures=tuple(source.failures),
            )

    def close(self) -> None:
        """Free the models. The analyzer cannot be used afterwards."""
        self.__dict__.pop("detector", None)
        self.__dict__.pop("classifier", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _results(
        self, source: Source, every: int, start: float, end: float | None
    ) -> Iterator[tuple[Frame, FrameResult]]:
        if every < 1:
            raise BadOption(f"every={every} is not a count of frames. Give 1 for all, 2 for each second ...")
        process = self._analyze if source.kind == "pictures" else self.session().process
        if start > 0:
            source.seek(start)
        frames = timed(source)
        if source.kind == "file":
            frames = ahead(frames, _AHEAD)
        # Closing in time stops the decoding thread also when the caller leaves the loop early.
        with contextlib.closing(frames):
            for count, (frame, decode_ms) in enumerate(between(frames, start, end)):
                if count % every == 0:
                    result = process(frame)
                    yield frame, replace(result, timings={"decode": decode_ms, **result.timings})

    def _analyze(self, frame: Frame) -> FrameResult:
        return _process(self, frame, None, None)


class Session:
    """One stream: tracks faces and smooths their expressions from frame to frame."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._tracker: Tracker = registry.load("trackers", analyzer.options.tracker)
        self._smoother: Smoother = registry.load("smoothers", analyzer.options.smoother)

    def process(self, frame: Frame) -> FrameResult:
        """What is in the next frame of this stream; give frames in the order of their time."""
        return _process(self._analyzer, frame, self._tracker, self._smoother)


def open_source(target: Target | Path | Source) -> Source:
    """The source for ``target``: a camera's index or name, a path, a folder, a glob, a URL, or a source."""
    if isinstance(target, Source):
        return target
    wanted = str(target) if isinstance(target, Path) else target
    for name in registry.names("sources"):
        plugin: type[Source] = registry.find("sources", name)
        if plugin.accepts(wanted):
            source: Source = registry.load("sources", name, target=wanted)
            return source
    raise SourceError(f"'{target}' is no camera, file, folder, glob or URL that mien can open.")


def analyze(picture: Image | str | Path, **options: Any) -> FrameResult:
    """`Analyzer.analyze` in one call; the models stay loaded for the next. ``options``: as `Analyzer`'s."""
    return _shared_analyzer(**options).analyze(picture)


def stream(
    target: Target | Path | Source,
    *,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    **options: Any,
) -> Iterator[FrameResult]:
    """`Analyzer.stream` in one call; the models stay loaded for the next. ``options``: as `Analyzer`'s."""
    return _shared_analyzer(**options).stream(target, every=every, start=start, end=end)


@functools.lru_cache(maxsize=4)
def _shared_analyzer(**options: Any) -> Analyzer:
    return Analyzer(**options)


def _loaded(family: str, plugin: Any) -> Any:
    return registry.load(family, plugin) if isinstance(plugin, str) else plugin


class _Stopwatch:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.timings[stage] = (now - self._last) * 1000
        self._last = now


def _process(
    analyzer: Analyzer, frame: Frame, tracker: Tracker | None, smoother: Smoother | None
) -> FrameResult:
    watch = _Stopwatch()
    detections = _chosen(analyzer.detector.detect(frame.image), analyzer.options)
    watch.lap("detect")
    tracks: Sequence[int | None] = [None] * len(detections)
    if tracker is not None:
        tracks = tracker.update(detections, frame.time)
    watch.lap("track")
    expressions = _expressions(analyzer.classifier, frame.image, detections)
    watch.lap("classify")
    if tracker is not None and smoother is not None:
        expressions = _smoothed(analyzer.classifier, smoother, tracks, expressions, frame.time)
        smoother.keep(tracker.alive)
    watch.lap("smooth")
    faces = tuple(
        Face(found.box, found.score, found.points, track_id=track, expression=expression)
        for found, track, expression in zip(detections, tracks, expressions, strict=True)
    )
    height, width = frame.image.shape[:2]
    return FrameResult(frame.source, frame.index, frame.time, width, height, faces, watch.timings)


def _chosen(detections: list[Detection], options: AnalyzerOptions) -> list[Detection]:
    """Those high enough, and of them the largest ``max_faces``; in the detector's order."""
    chosen = [found for found in detections if found.box.height >= options.min_face]
    if options.max_faces and len(chosen) > options.max_faces:
        largest = sorted(chosen, key=lambda found: -found.box.area)[: options.max_faces]
        smallest_area = largest[-1].box.area
        chosen = [found for found in chosen if found.box.area >= smallest_area][: options.max_faces]
    return chosen


def _expressions(classifier: Classifier, image: Image, detections: Sequence[Detection]) -> list[Expression]:
    """One per detection; detectors that read expressions themselves are believed."""
    unread = [found for found in detections if found.expression is None]
    probabilities = iter(classifier.predict([classifier.cut(image, found.box) for found in unread]))
    return [found.expression or classifier.expression(next(probabilities)) for found in detections]


def _smoothed(
    classifier: Classifier,
    smoother: Smoother,
    tracks: Sequence[int | None],
    expressions: Sequence[Expression],
    seconds: float,
) -> list[Expression]:
    return [
        classifier.expression(smoother.update(track, expression.probabilities, seconds))
        for track, expression in zip(tracks, expressions, strict=True)
        if track is not None
    ]
