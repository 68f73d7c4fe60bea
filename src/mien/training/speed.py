"""How long model files take for a face, beside each other, on one thread."""

import statistics
import time
from collections.abc import Sequence

import numpy as np

from mien.artifact import InputSpec
from mien.backends import OnnxRuntime
from mien.types import Floats

ROUNDS = 9
LEAST = 0.04
"""Seconds of processor time that each model gets in a round: some systems count it in steps of 0.016."""


def ms_per_face(models: Sequence[bytes], spec: InputSpec, batch: int = 1) -> list[float]:
    """Milliseconds of processor time that each of ``models`` takes for a face, ``batch`` faces at once.

    They take turns, so that other work on the machine falls on all of them; each figure is the median of
    `ROUNDS`. The step from crop to tensor is not counted: it is the same for all.
    """
    shape = (batch, spec.channels, spec.height, spec.width)
    pictures = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    sessions = [OnnxRuntime(model) for model in models]
    for session in sessions:
        session.run(pictures)  # the first call prepares what later ones use
    rounds = [[_once(session, pictures) for session in sessions] for _ in range(ROUNDS)]
    return [round(statistics.median(times) * 1000 / batch, 4) for times in zip(*rounds, strict=True)]


def _once(session: OnnxRuntime, pictures: Floats) -> float:
    """Seconds of this thread for one call; the session has no other thread."""
    calls, began = 0, time.thread_time()
    while (spent := time.thread_time() - began) < LEAST:
        session.run(pictures)
        calls += 1
    return spent / calls
