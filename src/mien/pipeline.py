"""The pipeline: source -> detect -> track -> landmarks -> measure -> classify -> smooth -> sinks, all timed.

`mien.stages` tells what each stage does. Thread rules. An `Analyzer` holds the models; they keep nothing
between calls, so several threads may share one. A `Session` holds what belongs to one stream (tracks,
smoothing, measures over time) and is used by one thread at a time: give each visitor or stream its own.
"""

import contextlib
import functools
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from mien import imageops, registry, stages
from mien.aligners.base import Aligner
from mien.classifiers.base import Classifier
from mien.config import CLASSIFIER, LANDMARKER, OWN, QUALITY, AnalyzerOptions, listed
from mien.detectors.base import Detector
from mien.errors import BadOption, PartialSource, SourceError
from mien.frames import ahead, between, timed
from mien.labels import FER7
from mien.landmarkers.base import Landmarker
from mien.measures.base import Measure
from mien.one_euro import PointFilter
from mien.sinks.base import Sink
from mien.sources.base import Source, Target
from mien.stages import Following
from mien.summary import STOPPED, RunSummary, Tally
from mien.types import Frame, FrameResult, Image

T = TypeVar("T")
Progress = Callable[[int, float], None]
"""Called after each frame with the number of frames done and the media time (s); may raise to stop."""

_log = logging.getLogger(__name__)
_DEFAULTS = AnalyzerOptions()
_STILL = 30
"""So many frames in a row of one time are no accident."""
_AHEAD = 4
"""Frames of a file that are decoded ahead of the analysis."""


class Analyzer:
    """Finds faces and reads their expressions, in pictures and in streams.

    ``detector`` and ``classifier`` are names (``"yunet:weights=PATH"``) or objects; the other arguments are
    those of `mien.config.AnalyzerOptions`. A detector that reads expressions itself makes the classifier
    optional; one that is given wins. A context manager: models are freed on leaving it.
    """

    def __init__(
        self,
        detector: str | Detector = _DEFAULTS.detector,
        classifier: str | Classifier = _DEFAULTS.classifier,
        *,
        landmarker: str | Landmarker = _DEFAULTS.landmarker,
        aligner: str | Aligner = _DEFAULTS.aligner,
        tracker: str = _DEFAULTS.tracker,
        smoother: str = _DEFAULTS.smoother,
        measures: str | Iterable[str] = _DEFAULTS.measures,
        steady: bool = _DEFAULTS.steady,
        max_faces: int = _DEFAULTS.max_faces,
        min_face: float = _DEFAULTS.min_face,
        min_quality: float = _DEFAULTS.min_quality,
    ) -> None:
        options = AnalyzerOptions(
            detector=_name(detector),
            classifier=_name(classifier),
            landmarker=_name(landmarker),
            aligner=_name(aligner),
            tracker=tracker,
            smoother=smoother,
            measures=listed(measures),
            steady=steady,
            max_faces=max_faces,
            min_face=min_face,
            min_quality=min_quality,
        )
        options = completed(options)
        self.detector: Detector = _loaded("detectors", detector)
        reader = chosen_reader(classifier, self.detector, options.detector)
        self.options = replace(options, classifier=OWN if reader is None else _name(reader))
        self.columns = _columns(self.measures())
        """The names of all measures, in order: the keys of `Face.measures`."""
        wanted = landmarker or self.options.landmarker
        self.landmarker: Landmarker | None = _loaded("landmarkers", wanted) if wanted else None
        self.aligner: Aligner = _loaded("aligners", aligner)
        self.classifier: Classifier | None = None if reader is None else _loaded("classifiers", reader)
        """None where the detector reads the expressions."""

    @classmethod
    def from_options(cls, options: AnalyzerOptions) -> Self:
        """An analyzer with ``options``, as read from settings or flags."""
        return cls(**{entry.name: getattr(options, entry.name) for entry in fields(options)})

    @property
    def labels(self) -> tuple[str, ...]:
        """The expressions that faces are read as."""
        return self.detector.labels if self.classifier is None else self.classifier.labels

    @property
    def table_columns(self) -> tuple[str, ...]:
        """What tables get beside their standard columns: expressions beyond the seven, then all measures."""
        return (*(label for label in self.labels if label not in FER7), *self.columns)

    def session(self, after: "Session | None" = None) -> "Session":
        """A new stream: its own tracks and smoothing, over the shared models.

        ``after`` is a session, perhaps of another analyzer, whose stream goes on in this one: its people keep
        their numbers, and nobody gets the number of one who left. It must not be used any more.
        """
        self._check_open()
        return Session(self, after)

    def measures(self) -> list[Measure]:
        """New measures, for one stream: they may remember its people."""
        return [registry.load("measures", name) for name in self.options.measures]

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
        last good frame, where it breaks off. Of several pictures, those that cannot be read are left out,
        with a warning in the log.
        """
        with open_source(target) as source:
            yield from self._results(source, every, start, end)
            for _, reason in source.failures:
                _log.warning("Left out: %s", reason)

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
        partial = None
        with open_source(target) as source:
            info = replace(source.info, start=start, end=end)
            tally = Tally.of(info)
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
        for model in ("detector", "landmarker", "classifier"):
            self.__dict__.pop(model, None)

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
        _check_choice(source, every, start, end)
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

    def _check_open(self) -> None:
        if "detector" not in self.__dict__:
            raise BadOption("This analyzer is closed. Make another one, or close it after its last picture.")

    def _analyze(self, frame: Frame) -> FrameResult:
        self._check_open()
        return stages.process(self, frame, self.measures())


class Session:
    """One stream: tracks faces, steadies their points and smooths their expressions from frame to frame."""

    def __init__(self, analyzer: Analyzer, after: "Session | None" = None) -> None:
        options = analyzer.options
        self._analyzer = analyzer
        self._measures = analyzer.measures()
        self._time, self._still = -math.inf, 0
        self._people: Following = Following(
            registry.load("trackers", options.tracker) if after is None else after._people.tracker,
            registry.load("smoothers", options.smoother),
            PointFilter() if analyzer.landmarker is not None and options.steady else None,
        )

    def process(self, frame: Frame) -> FrameResult:
        """What is in the next frame of this stream; give frames in the order of their time."""
        self._analyzer._check_open()
        self._note_time(frame.time)
        return stages.process(self._analyzer, frame, self._measures, self._people)

    def _note_time(self, seconds: float) -> None:
        """Say so once where time does not pass: faces would keep their first expression for ever."""
        self._still = self._still + 1 if seconds <= self._time else 0
        self._time = seconds
        if self._still == _STILL:
            _log.warning(
                "%d frames in a row came without a later time than %g s. Expressions and points are smoothed "
                "by time: give Frame(image, time=seconds).",
                _STILL,
                seconds,
            )


def _check_choice(source: Source, every: float, start: float, end: float | None) -> None:
    """`BadOption` for numbers that choose no frames; comparisons that are false for NaN refuse that, too."""
    if not every >= 1 or every % 1:
        raise BadOption(f"every={every} is not a count of frames. Give 1 for all, 2 for each second ...")
    until = math.inf if end is None else end
    if not start < until:
        raise BadOption(f"end={until:g} is not after start={start:g}: nothing lies between.")
    if source.kind == "pictures" and start > 0:
        raise BadOption(f"start={start:g} leaves no picture of '{source.info.name}': they have no time.")


def open_source(target: Target | Path | Source, **options: Any) -> Source:
    """The source for ``target``: a camera's index or name, a path, a folder, a glob, a URL, or a source.

    ``options`` are those of the source's constructor, as ``width=1280`` of a camera.
    """
    if isinstance(target, Source):
        return target
    if not isinstance(target, (str, int, Path)):
        raise BadOption(
            f"A source is a path, a folder, a glob, a URL or a camera's index, not {type(target).__name__}. "
            "Frames of your own go through Analyzer.session().process(Frame(image, time=seconds))."
        )
    wanted = str(target) if isinstance(target, Path) else target
    source: Source = registry.load("sources", source_name(wanted), target=wanted, **options)
    return source


def source_name(target: Target) -> str:
    """The plug-in that opens ``target``; `SourceError` where none does."""
    for name in registry.names("sources"):
        plugin: type[Source] = registry.find("sources", name)
        if plugin.accepts(target):
            return name
    raise SourceError(f"'{target}' is no camera, file, folder, glob or URL that mien can open.")


def analyze(picture: Image | str | Path, **options: Any) -> FrameResult:
    """`Analyzer.analyze` in one call; the models stay loaded for the next. ``options``: as `Analyzer`'s."""
    return _shared_analyzer(**_hashable(options)).analyze(picture)


def stream(
    target: Target | Path | Source,
    *,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    **options: Any,
) -> Iterator[FrameResult]:
    """`Analyzer.stream` in one call; the models stay loaded for the next. ``options``: as `Analyzer`'s."""
    return _shared_analyzer(**_hashable(options)).stream(target, every=every, start=start, end=end)


@functools.lru_cache(maxsize=4)
def _shared_analyzer(**options: Any) -> Analyzer:
    return Analyzer(**options)


def _hashable(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def _loaded(family: str, plugin: Any) -> Any:
    return registry.load(family, plugin) if isinstance(plugin, str) else plugin


def chosen_reader(classifier: T, detector: Detector, name: str) -> T | str | None:
    """Which classifier, a name or an object, reads the faces; None where ``detector`` does so itself.

    ``name`` is what the detector is called in the `BadOption` that says that it cannot.
    """
    if classifier == OWN and not detector.labels:
        raise BadOption(f"{name} reads no expressions itself. Name a classifier, or leave it out.")
    if classifier in ("", OWN):
        return None if detector.labels else CLASSIFIER
    return classifier


def _name(plugin: object) -> str:
    return plugin if isinstance(plugin, str) else type(plugin).__name__


def completed(options: AnalyzerOptions) -> AnalyzerOptions:
    """``options`` with what they bring along: the measure for ``min_quality``, points for the measures."""
    names = options.measures
    if options.min_quality > 0 and QUALITY not in (registry.parse(name)[0] for name in names):
        names = (*names, QUALITY)
    kinds: list[type[Measure]] = [registry.find("measures", registry.parse(name)[0]) for name in names]
    needed = LANDMARKER if any(kind.needs_landmarks for kind in kinds) else ""
    return replace(options, measures=names, landmarker=options.landmarker or needed)


def _columns(measures: Iterable[Measure]) -> tuple[str, ...]:
    columns = [column for measure in measures for column in measure.columns]
    for column, count in Counter(columns).items():
        if count > 1:
            raise BadOption(f"Two of the measures both give the column '{column}'. Leave one out.")
    return tuple(columns)
