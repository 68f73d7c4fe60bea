"""Loaded models, shared by all visitors: each name is loaded once, the least recently used go first."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import fields, replace
from typing import Any

import cv2

from mien import artifact, registry
from mien.classifiers.base import Classifier
from mien.config import OWN, AnalyzerOptions
from mien.detectors.base import Detector
from mien.errors import BadOption, UnknownName
from mien.pipeline import Analyzer, chosen_reader, completed

log = logging.getLogger(__name__)

FAMILY_OF = {
    "detector": "detectors",
    "classifier": "classifiers",
    "landmarker": "landmarkers",
    "aligner": "aligners",
    "tracker": "trackers",
    "smoother": "smoothers",
    "measures": "measures",
}
_CACHED = ("detector", "classifier", "landmarker", "aligner")
"""Parts that keep nothing between calls, so that all streams may share them."""


class ModelCache:
    """Name to loaded plug-in. Safe for several threads; loading one does not hold up the others."""

    def __init__(self, size: int = 8) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._loading: OrderedDict[tuple[str, str], Future[Any]] = OrderedDict()

    def get(self, family: str, name: str) -> Any:
        """The plug-in ``name`` (with options), loaded now or before; raises what loading raises."""
        key = (family, name)
        with self._lock:
            known = self._loading.get(key)
            future = self._loading.setdefault(key, Future())
            self._loading.move_to_end(key)
            while len(self._loading) > self._size:
                self._loading.popitem(last=False)
        if known is None:
            self._load(key, future)
        return future.result()

    def _load(self, key: tuple[str, str], future: "Future[Any]") -> None:
        try:
            future.set_result(_built(*key))
        except BaseException as error:  # noqa: BLE001 - raised again in every thread that waits for it
            with self._lock:
                self._loading.pop(key, None)
            future.set_exception(error)


class Models:
    """Analyzers for visitors, out of the cache, with the server's own options for the rest."""

    def __init__(self, options: AnalyzerOptions, cache: ModelCache | None = None) -> None:
        self.options = options
        self._cache = cache or ModelCache()

    def detector(self, name: str, *, local: bool) -> Detector:
        found: Detector = self._get("detector", name, local)
        return found

    def classifier(self, name: str, *, local: bool) -> Classifier:
        found: Classifier = self._get("classifier", name, local)
        return found

    def analyzer(
        self,
        detector: str | None = None,
        classifier: str | None = None,
        *,
        landmarker: str | None = None,
        aligner: str | None = None,
        measures: Sequence[str] | None = None,
        max_faces: int | None = None,
        local: bool,
    ) -> Analyzer:
        """An analyzer with these models (None: the server's own); blocks while one of them loads.

        The ``classifier`` `OWN` is the detector itself. An empty ``landmarker`` is none, unless ``measures``
        need one.
        """
        given: dict[str, Any] = {
            "landmarker": landmarker,
            "aligner": aligner,
            "max_faces": max_faces,
            "measures": measures,
        }
        chosen = {key: value for key, value in given.items() if value is not None}
        named = replace(
            self.options,
            detector=detector or self.options.detector,
            classifier=classifier or self.options.classifier,
            **chosen,
        )
        for part, name in _named(named):
            self._refuse(part, name, local)
        return self._assembled(completed(named))

    def _assembled(self, options: AnalyzerOptions) -> Analyzer:
        """An analyzer of what the cache has; so it is settled here which models nobody named."""
        detector: Detector = self._cached("detector", options.detector)
        reader = chosen_reader(options.classifier, detector, options.detector) or OWN
        options = replace(options, classifier=reader)
        loaded = {part: self._cached(part, name) for part, name in _named(options) if part in _CACHED}
        analyzer = Analyzer(
            **{entry.name: getattr(options, entry.name) for entry in fields(options)} | loaded
        )
        analyzer.options = options  # by the names, rather than by those of the classes
        return analyzer

    def _get(self, part: str, name: str, local: bool) -> Any:
        self._refuse(part, name, local)
        return self._cached(part, name)

    def _cached(self, part: str, name: str) -> Any:
        return self._cache.get(FAMILY_OF[part], name)

    def _refuse(self, part: str, name: str, local: bool) -> None:
        own = self.options.measures if part == "measures" else (getattr(self.options, part),)
        if not local and name not in own:
            _refuse_paths(FAMILY_OF[part], name)


def check_names(options: AnalyzerOptions) -> None:
    """Raise `UnknownName` or another `MienError` where a name in ``options`` answers to nothing.

    Loads no model.
    """
    for part, name in _named(options):
        stem, given = registry.parse(name)
        known = [option.name for option in registry.schema(FAMILY_OF[part], stem)]
        for key in given:
            if key not in known:
                raise UnknownName(f"option of {stem}", key, known)


def _named(options: AnalyzerOptions) -> Iterator[tuple[str, str]]:
    """(part, name) of all that ``options`` load by name."""
    for part in FAMILY_OF:
        names = options.measures if part == "measures" else (getattr(options, part),)
        yield from ((part, name) for name in names if name and (part, name) != ("classifier", OWN))


def _built(family: str, name: str) -> Any:
    """The plug-in ``name``; `BadOption` for values of its options that only the libraries below refuse."""
    try:
        return registry.load(family, name)
    except (TypeError, OverflowError, cv2.error) as error:
        if not registry.parse(name)[1]:
            raise
        log.info("Building %s failed", name, exc_info=error)
        raise BadOption(f"An option in '{name}' has a value that does not fit. Give another one.") from error


def _refuse_paths(family: str, name: str) -> None:
    """Visitors from elsewhere choose among what is installed: neither a path nor an option of free text.

    How many threads a model runs on is the server's own affair, too.
    """
    stem, given = registry.parse(name)
    schema = {option.name: option for option in registry.schema(family, _installed(family, stem))}
    for key in given:
        if key in schema and (schema[key].type is str or key == "threads"):
            raise BadOption(f"'{key}' in '{name}' is not allowed from another machine. Leave it out.")


def _installed(family: str, stem: str) -> str:
    names = registry.names(family)
    if stem in names:
        return stem
    if artifact.is_path(stem):
        raise BadOption(f"The path '{stem}' is not allowed from another machine. Valid: {', '.join(names)}.")
    raise UnknownName(family.removesuffix("s"), stem, names)
