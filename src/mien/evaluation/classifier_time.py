"""How long a classifier takes for a face, preparation included, on one thread."""

import time
from collections.abc import Sequence
from typing import Any

from mien.classifiers.base import Classifier
from mien.evaluation.benchmark import spread
from mien.types import Image

BATCHES = (1, 64)
_BUDGET = 1.0
_ROUNDS = 200


def ms_per_face(
    model: Classifier, images: Sequence[Image], batches: Sequence[int] = BATCHES
) -> dict[str, Any]:
    """By the number of faces at once ("1", "64"): median and 95th percentile by the clock, processor time.

    All are milliseconds per face. Other work on the machine lengthens the first two; ``cpu`` is what a free
    core would take. Empty without pictures.
    """
    return {str(batch): _timed(model, _batch(images, batch)) for batch in batches if len(images)}


def _timed(model: Classifier, images: Sequence[Image]) -> dict[str, float]:
    model.predict(images)  # the first call prepares what later ones use
    walls: list[float] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    while len(walls) < 3 or (len(walls) < _ROUNDS and time.perf_counter() - began < _BUDGET):
        start = time.perf_counter()
        model.predict(images)
        walls.append((time.perf_counter() - start) * 1000 / len(images))
    cpu = (time.process_time() - cpu_began) * 1000 / (len(walls) * len(images))
    return {**spread(walls, 4), "cpu": round(cpu, 4), "rounds": len(walls)}


def _batch(images: Sequence[Image], size: int) -> list[Image]:
    return [images[index % len(images)] for index in range(size)]
