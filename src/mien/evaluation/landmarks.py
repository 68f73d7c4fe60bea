"""Scores landmarkers side by side: on given points, from a detector's boxes, and on how still they hold."""

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mien import imageops, registry
from mien.config import AnalyzerOptions
from mien.datasets import _landmarks68
from mien.datasets._landmarks68 import Portraits
from mien.detectors.base import Detector
from mien.errors import BadOption, UnknownName
from mien.evaluation import landmarks_error, landmarks_jitter, machine, plots_landmarks
from mien.evaluation import plots as drawing
from mien.evaluation.benchmark import spread
from mien.evaluation.landmarks_faces import Found, Progress, find, silent
from mien.landmarkers.base import Landmarker
from mien.pipeline import open_source
from mien.types import Floats, Frame

SETS: dict[str, Callable[[str, str], Portraits]] = {"landmarks68": _landmarks68.load}
TIMED = 200
STILLS = 8


def evaluate(
    names: Sequence[str],
    data: str = "landmarks68",
    *,
    split: str = "val",
    detector: str = AnalyzerOptions().detector,
    videos: Sequence[str | Path] = (),
    plots: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """The figures of the landmarkers ``names`` on the part ``split`` of ``data`` (``name`` or ``name:PATH``).

    All of them get the same boxes, those of ``detector``. Errors are shares of the inter-ocular distance;
    faces that the detector missed count as failures, but not in ``nme``. ``jitter`` is that of still pictures
    of the set, and of each of ``videos``. Into the folder ``plots`` go error curves, regions, and per
    landmarker a sheet of the worst faces. Raises `UnknownName` for names that do not exist, `SourceError`
    for absent data or videos and `MissingExtra` for plots without matplotlib, all before the work.
    """
    if not names or len(set(names)) < len(names):
        raise BadOption(f"Landmarkers given: {', '.join(names) or 'none'}. Give one or more, each once.")
    if plots is not None:
        drawing.prepare(plots)
    for video in videos:
        open_source(video).close()  # what cannot be read ends it before the work
    landmarkers: dict[str, Landmarker] = {name: registry.load("landmarkers", name) for name in names}
    finder: Detector = registry.load("detectors", detector)
    found = find(_portraits(data, split), finder, progress)
    points = locate(landmarkers, found, progress)
    report: dict[str, Any] = {
        "machine": machine.facts(),
        "data": data,
        "split": split,
        "detector": detector,
        "faces": len(found.portraits),
        "missed": list(found.missed),
        "limit": landmarks_error.LIMIT,
        "landmarkers": {name: figures(points[name], found) for name in names},
        "ms": times(landmarkers, found, progress),
        "jitter": {"still": landmarks_jitter.jitter(landmarkers, finder, _stills(found, progress))},
    }
    for done, video in enumerate(videos):
        progress("videos", done, len(videos))
        report["jitter"][str(video)] = landmarks_jitter.of_video(video, landmarkers, finder)
    if plots is not None:
        _draw(report, found, points, plots)
    plain: dict[str, Any] = _plain(report)
    return plain


def locate(
    landmarkers: dict[str, Landmarker], found: Found, progress: Progress = silent
) -> dict[str, Floats]:
    """Per landmarker the points (N, 68, 2) of the faces that were found."""
    points = {name: np.empty((len(found.places), 68, 2), np.float32) for name in landmarkers}
    for at, (place, box) in enumerate(zip(found.places, found.boxes, strict=True)):
        image = found.portraits.image(place)
        for name, landmarker in landmarkers.items():
            points[name][at] = landmarker.locate(image, box)
        progress("points", at + 1, len(found.places))
    return points


def times(
    landmarkers: dict[str, Landmarker], found: Found, progress: Progress = silent, count: int = TIMED
) -> dict[str, dict[str, float]]:
    """Milliseconds per face from the whole picture, one face a call: median and 95th percentile.

    The landmarkers take turns, to see the same load.
    """
    spent: dict[str, list[float]] = {name: [] for name in landmarkers}
    faces = [
        (found.portraits.image(place), box)
        for place, box in zip(found.places[:8], found.boxes[:8], strict=True)
    ]
    for turn in range(count if faces else 0):
        image, box = faces[turn % len(faces)]
        for name, landmarker in landmarkers.items():
            began = time.perf_counter()
            landmarker.locate(image, box)
            spent[name].append((time.perf_counter() - began) * 1000)
        progress("times", turn + 1, count)
    return {name: spread(values[len(values) // 10 :]) for name, values in spent.items() if values}


def figures(points: Floats, found: Found) -> dict[str, Any]:
    """What `evaluate` says of one landmarker's ``points`` (N, 68, 2) on the faces that were found."""
    errors = landmarks_error.point_errors(points, found.given)
    faces = errors.mean(axis=1)
    missed = len(found.missed)
    people = [found.portraits.people[place] for place in found.places]
    order = np.argsort(-faces)[:20]
    levels, shares = landmarks_error.curve(faces, missed)
    return {
        "nme": landmarks_error.nme(errors),
        "interval": landmarks_error.interval(faces, people),
        "median": float(np.median(faces)) if len(faces) else None,
        "failure_rate": landmarks_error.failure_rate(faces, missed),
        "auc": landmarks_error.area(faces, missed),
        "regions": landmarks_error.by_region(errors),
        "curve": {"error": levels, "share": shares},
        "worst": [{"name": found.portraits.names[found.places[at]], "nme": float(faces[at])} for at in order],
    }


def _draw(report: dict[str, Any], found: Found, points: dict[str, Floats], folder: Path) -> None:
    plots_landmarks.draw(report, folder)
    for name, located in points.items():
        errors = landmarks_error.point_errors(located, found.given).mean(axis=1)
        sheet = plots_landmarks.worst(found, located, errors)
        stem = re.sub(r"\W+", "_", name)  # a name may be a path, with options
        (folder / f"worst_{stem}.jpg").write_bytes(imageops.encode(sheet))


def _portraits(data: str, split: str) -> Portraits:
    name, _, path = data.partition(":")
    if name not in SETS:
        raise UnknownName("set of facial points", name, SETS)
    return SETS[name](split, path)


def _stills(found: Found, progress: Progress) -> Iterator[Iterator[Frame]]:
    chosen = found.places[:: max(len(found.places) // STILLS, 1)][:STILLS]
    for done, place in enumerate(chosen):
        progress("jitter", done, len(chosen))
        yield landmarks_jitter.still(found.portraits.image(place))


def _plain(value: Any) -> Any:
    """``value`` for JSON: what is not defined becomes None."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
