"""The whole way from picture to expression, several ways side by side: on pictures with boxes and labels.

Every face whose box has an expression is looked for: a detection that overlaps its box answers for it, and
one that was not found, or not read, counts as wrong. So detectors, aligners and classifiers can be compared
by what comes out at the end.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mien import geometry
from mien.config import AnalyzerOptions
from mien.datasets.base import data_folder
from mien.detectors.base import Detector
from mien.errors import BadOption, SourceError
from mien.evaluation import machine
from mien.evaluation.corruptions import rotate
from mien.evaluation.intervals import interval
from mien.evaluation.pictures import decodable, picture
from mien.evaluation.significance import mcnemar
from mien.labels import FER7
from mien.pipeline import Analyzer
from mien.scenes.base import Scene, open_scenes
from mien.types import Detection, Face, Floats, Image

Numbers = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]
MISSED = -1
"""The answer for a face that was not found or not read."""
OVERALL = "all"
_SEED = 20240817
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is scored, and how.

    ``data`` is a set of scenes, as ``coco:PATH``. Pictures are turned by each of ``turns`` in degrees, every
    second one the other way. A face is found at an overlap (IoU) of ``iou``. ``resamples`` is the number of
    draws of the bootstrap.
    """

    data: str
    turns: tuple[float, ...] = (0.0,)
    iou: float = 0.4
    resamples: int = 1000

    def __post_init__(self) -> None:
        if not self.turns or not all(abs(turn) <= 180 for turn in self.turns):
            raise BadOption(f"turns={self.turns}: give degrees from -180 to 180, as 0,10,20.")
        if not 0 < self.iou <= 1:
            raise BadOption(f"iou={self.iou} is no overlap. Give more than 0, at most 1.")


@dataclass(frozen=True, slots=True)
class Answers:
    """What each way said of the N faces: ``truth`` (N,) and ``said`` (ways, N) are indices of `FER7`.

    ``picture`` (N,) numbers the pictures, ``source`` names the part of the set that each face comes from.
    """

    truth: Numbers
    said: Numbers
    picture: Numbers
    source: tuple[str, ...]

    def of(self, source: str) -> "Answers":
        """The faces of one part of the set."""
        keep = np.array([source in (OVERALL, own) for own in self.source], np.bool_)
        kept = tuple(own for own in self.source if source in (OVERALL, own))
        return Answers(self.truth[keep], self.said[:, keep], self.picture[keep], kept)


def evaluate(
    ways: Sequence[AnalyzerOptions], settings: Settings, progress: Progress = lambda done, whole: None
) -> dict[str, Any]:
    """The figures of each of ``ways``, as plain values for JSON.

    For every turn and source, per way: ``found`` (share of the faces), ``accuracy``, ``macro_recall`` and
    ``macro_f1`` with 95 % intervals (bootstrap over pictures), and against the first way McNemar's test.
    Raises `SourceError` where no box of the set has an expression.
    """
    found = decodable(open_scenes(settings.data, Path(), data_folder())).scenes
    scenes = [scene for scene in found if any(_labels(scene) >= 0)]
    if not scenes:
        raise SourceError(f"No box of '{settings.data}' has an expression: {', '.join(FER7)}.")
    report: dict[str, Any] = {
        "machine": machine.facts(),
        "settings": asdict(settings),
        "ways": [asdict(way) for way in ways],
        "pictures": len(scenes),
        "turns": {},
    }
    analyzers = _analyzers(ways)
    for number, turn in enumerate(settings.turns):
        answers = _asked(
            analyzers, scenes, turn, settings.iou, _counting(progress, number, len(settings.turns))
        )
        sources = (OVERALL, *sorted(set(answers.source)))
        report["turns"][f"{turn:g}"] = {
            source: _figures(answers.of(source), settings.resamples) for source in sources
        }
    return report


class _Once(Detector):
    """Looks at a picture once, however many ways ask for it one after the other."""

    def __init__(self, inner: Detector) -> None:
        self._inner = inner
        self.labels, self.unsure_below = inner.labels, inner.unsure_below
        self._image: Image | None = None
        self._found: list[Detection] = []

    def _find(self, image: Image) -> list[Detection]:
        if image is not self._image:
            self._found, self._image = self._inner.detect(image), image
        return self._found


def _analyzers(ways: Sequence[AnalyzerOptions]) -> list[Analyzer]:
    """One per way; those with the same detector share it."""
    analyzers = [Analyzer.from_options(way) for way in ways]
    shared: dict[str, Detector] = {}
    for analyzer in analyzers:
        analyzer.detector = shared.setdefault(analyzer.options.detector, _Once(analyzer.detector))
    return analyzers


def _counting(progress: Progress, number: int, turns: int) -> Progress:
    return lambda done, whole: progress(number * whole + done, turns * whole)


def _asked(
    analyzers: Sequence[Analyzer], scenes: Sequence[Scene], turn: float, iou: float, progress: Progress
) -> Answers:
    truth: list[Numbers] = []
    said: list[Numbers] = []
    pictures: list[int] = []
    sources: list[str] = []
    for index, scene in enumerate(scenes):
        labels = _labels(scene)
        image, boxes = _turned(scene, turn if index % 2 == 0 else -turn)
        answers = [_answers(analyzer.analyze(image).faces, boxes, iou) for analyzer in analyzers]
        truth.append(labels[labels >= 0])
        said.append(np.stack(answers)[:, labels >= 0])
        count = len(truth[-1])
        pictures += [index] * count
        sources += [scene.source] * count
        progress(index + 1, len(scenes))
    return Answers(np.concatenate(truth), np.concatenate(said, axis=1), np.array(pictures), tuple(sources))


def _labels(scene: Scene) -> Numbers:
    """The expression of each box as an index of `FER7`; -1 for boxes without."""
    known = {label: index for index, label in enumerate(FER7)}
    given = [-1 if box.ignore else known.get(box.category, -1) for box in scene.boxes]
    return np.array(given, np.int64)


def _turned(scene: Scene, degrees: float) -> tuple[Image, Floats]:
    image, boxes = picture(scene), geometry.as_array([given.box for given in scene.boxes])
    return rotate(image, boxes, degrees) if degrees else (image, boxes)


def _answers(faces: Sequence[Face], boxes: Floats, iou: float) -> Numbers:
    """For each of ``boxes`` what the face that overlaps it most was read as; every face answers once."""
    said = np.full(len(boxes), MISSED, np.int64)
    overlap = geometry.iou(boxes, geometry.as_array([face.box for face in faces]))
    for given, found in _pairs(overlap, iou):
        expression = faces[found].expression
        said[given] = FER7.index(expression.label) if expression and expression.label in FER7 else MISSED
    return said


def _pairs(overlap: Floats, least: float) -> Iterator[tuple[int, int]]:
    """Rows and columns that belong together, the best pair first, none twice."""
    left = overlap.copy()
    while left.size and left.max() >= least:
        row, column = map(int, np.unravel_index(int(left.argmax()), left.shape))
        yield row, column
        left[row, :] = left[:, column] = 0


def _figures(answers: Answers, resamples: int) -> dict[str, Any]:
    right = answers.said == answers.truth
    ways = []
    for said, hits in zip(answers.said, right, strict=True):
        found = {"found": float((said != MISSED).mean()), **_scores(answers, said, resamples)}
        ways.append({**found, "against_first": asdict(mcnemar(right[0], hits))})
    return {"faces": len(answers.truth), "labels": _counts(answers.truth), "ways": ways}


def _counts(truth: Numbers) -> dict[str, int]:
    return {label: int((truth == index).sum()) for index, label in enumerate(FER7)}


def _scores(answers: Answers, said: Numbers, resamples: int) -> dict[str, Any]:
    """Each figure with the bounds between which it lies in 95 % of the draws of pictures."""
    tables = _tables(answers, said)
    count = len(tables)
    draws = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), resamples)
    drawn, whole = np.tensordot(draws, tables, 1), tables.sum(axis=0)
    found: dict[str, Any] = {}
    for name, score in _SCORES.items():
        low, high = interval(score(drawn))
        found[name] = {"value": float(score(whole)), "low": low, "high": high}
    recall = _recall(whole).tolist()
    found["recall"] = {
        label: None if math.isnan(value) else value for label, value in zip(FER7, recall, strict=True)
    }
    return found


def _tables(answers: Answers, said: Numbers) -> Numbers:
    """(pictures, K, K + 1) counts: true label, then what was said; the last column is for the missed."""
    rows = np.unique(answers.picture, return_inverse=True)[1]
    tables = np.zeros((int(rows.max(initial=-1)) + 1, len(FER7), len(FER7) + 1), np.int64)
    np.add.at(tables, (rows, answers.truth, said), 1)  # MISSED is the last
    return tables


def _accuracy(tables: Numbers) -> Array:
    """Of (..., K, K + 1) tables, (...); so are the others."""
    return np.asarray(_right(tables).sum(axis=-1) / tables.sum(axis=(-2, -1)))


def _macro_recall(tables: Numbers) -> Array:
    """Over the labels that occur."""
    return np.asarray(np.nanmean(_recall(tables), axis=-1))


def _macro_f1(tables: Numbers) -> Array:
    """Over the labels that occur, as `_macro_recall`."""
    truth = tables.sum(axis=-1)
    both = np.where(truth > 0, truth + tables[..., : len(FER7)].sum(axis=-2), 0)
    return np.asarray(np.nanmean(_ratio(2 * _right(tables), both), axis=-1))


def _recall(tables: Numbers) -> Array:
    return _ratio(_right(tables), tables.sum(axis=-1))


def _right(tables: Numbers) -> Numbers:
    return np.diagonal(tables, axis1=-2, axis2=-1)


def _ratio(part: Numbers, whole: Numbers) -> Array:
    """NaN where ``whole`` is 0."""
    out: Array = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


_SCORES: dict[str, Callable[[Numbers], Array]] = {
    "accuracy": _accuracy,
    "macro_recall": _macro_recall,
    "macro_f1": _macro_f1,
}
