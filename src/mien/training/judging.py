"""What a model's card says of its answers: the temperature, and the figures on the selection part."""

import datetime
import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mien import prepare
from mien.artifact import Card, InputSpec
from mien.backends import OnnxRuntime
from mien.classifiers.onnx import softmax
from mien.datasets.base import Samples
from mien.evaluation import classifier as evaluation
from mien.training.calibration import fit_temperature
from mien.training.parts import Part
from mien.training.sets import Parts
from mien.types import Floats

STEP = 64
"""Pictures that are looked at in one go: more needs memory and saves nothing."""
_SHOWN = ("accuracy", "top2", "macro_f1", "balanced_accuracy", "log_loss", "calibration_error", "unsure")


def judged(card: Card, content: bytes, data: Parts) -> Card:
    """``card`` with what it has to say of the model file ``content``: temperature, figures and SHA-256.

    The temperature is fitted on the selection part, without the pictures that leaked into the learning part.
    Figures of other things that ``card`` has stay.
    """
    select = data.select
    found = logits(content, select.samples, card.input)
    temperature = fit_temperature(found[~select.leaked], select.samples.targets[~select.leaked])
    calibration = replace(card.calibration, temperature=round(temperature, 4))
    card = replace(card, calibration=calibration, sha256=hashlib.sha256(content).hexdigest())
    new = _figures(card, found, select)
    if data.test is not None:
        new["test"] = _figures(card, logits(content, data.test.samples, card.input), data.test)
    return replace(card, figures=new | {key: value for key, value in card.figures.items() if key not in new})


def logits(content: bytes, samples: Samples, spec: InputSpec) -> Floats:
    """What the model file ``content`` answers to ``samples``, (N, K)."""
    session = OnnxRuntime(content)
    return np.concatenate([session.run(prepare.tensor(step, spec))[0] for step in steps(samples)])


def steps(samples: Samples) -> Iterator[npt.NDArray[np.uint8]]:
    """The pictures of ``samples``, so many as are looked at in one go."""
    for start in range(0, len(samples), STEP):
        yield samples.images[start : start + STEP]


def accuracy(answers: Floats, part: Part) -> float:
    """The share of ``part`` that ``answers`` (N, K) read as their labels say, to four digits."""
    return round(float((answers.argmax(axis=1) == part.samples.targets).mean()), 4)


def _figures(card: Card, answers: Floats, part: Part) -> dict[str, Any]:
    score = evaluation.score(
        softmax(answers / card.calibration.temperature),
        part.samples,
        part.leaked,
        (card.name, part.name, ""),
        unsure_below=card.calibration.unsure_below,
        labels=card.labels,
    )
    figures: dict[str, Any] = {key: _defined(getattr(score, key)) for key in _SHOWN}
    if score.without_leaked:
        figures["accuracy_without_leaked"] = _defined(score.without_leaked["accuracy"])
        figures["leaked"] = int(part.leaked.sum())
    figures["measured_on"] = f"{part.name}, {len(part)} pictures"
    figures["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    return figures


def _defined(value: float) -> float | None:
    """To four digits; None for what is not defined: JSON has no NaN."""
    return None if math.isnan(value) else round(value, 4)
