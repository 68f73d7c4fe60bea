"""Other forms of an exported expression model: stored in half precision, or computed in int8."""

import logging
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mien import prepare
from mien.artifact import Card
from mien.classifiers.onnx import softmax
from mien.training import judging
from mien.training.half import halved, restored
from mien.training.parts import Part
from mien.training.quantize import METHODS, quantized
from mien.training.sets import Parts
from mien.training.speed import ms_per_face
from mien.types import Floats

logger = logging.getLogger(__name__)
HALF_OVER = 1_000_000
"""Bytes from which on a file is stored in half precision unless something else is asked for."""
LARGEST_LOSS = 5e-4
"""Half precision that costs more accuracy than this is only used where it is asked for."""
CALIBRATION = 320
"""So many faces tell the ranges of activations."""
BATCHES = (1, 16)
_OF_FLOATS = ("half", "difference_from_training")
"""Figures of the model before that would say nothing of its int8."""


@dataclass(frozen=True, slots=True)
class Form:
    """A model file and its card."""

    content: bytes
    card: Card


def stored(form: Form, select: Part, half: bool | None) -> Form:
    """``form`` in half precision: where ``half``, or if None, where the file is large and nothing is lost.

    Its card then says under ``half`` what that changed. Temperature and figures are left to `judging.judged`.
    """
    if half is False or (half is None and len(form.content) <= HALF_OVER):
        return form
    content = halved(form.content)
    before, after = _answers(form.card, form.content, select), _answers(form.card, content, select)
    changes = _compared(form.content, content, before, after, select)
    changes["largest_difference"] = float(np.abs(after - before).max())
    if half is None and changes["accuracy_before"] - changes["accuracy_after"] > LARGEST_LOSS:
        logger.warning("%s stays in full precision: half of it costs accuracy: %s", form.card.name, changes)
        return form
    return Form(content, replace(form.card, figures={**form.card.figures, "half": changes}))


def int8(form: Form, data: Parts) -> Form:
    """``form`` computed in int8, its name ending in ``.int8``, judged on the selection part of ``data``.

    Ranges are found on faces of the learning part by each of `quantize.METHODS`; the one is kept whose
    answers stay the closest to those of ``form`` (Kullback-Leibler divergence) on the selection part. The
    card says under ``int8`` what changed, with milliseconds per face before and after.
    """
    card, select = form.card, data.select
    plain = restored(form.content)
    faces = calibration_faces(card, data.train)
    before = _answers(card, form.content, select)
    made = {method: quantized(plain, faces, method) for method in METHODS}
    answers = {method: _answers(card, content, select) for method, content in made.items()}
    divergences = {method: divergence(before, found) for method, found in answers.items()}
    method = min(divergences, key=lambda name: divergences[name])
    changes = {
        "of": card.name,
        **_compared(form.content, made[method], before, answers[method], select),
        **_times(form.content, made[method], card),
        "ranges_by": method,
        "divergence": {name: round(value, 5) for name, value in divergences.items()},
        "calibrated_on": f"{data.train.name}, {len(faces)} pictures",
    }
    figures = {name: value for name, value in card.figures.items() if name not in _OF_FLOATS}
    named = replace(
        card, name=f"{card.name}.int8", description=f"{card.description} Computed in int8.".strip()
    )
    named = replace(named, figures={**figures, "int8": changes})
    return Form(made[method], judging.judged(named, made[method], data))


def calibration_faces(card: Card, part: Part) -> Floats:
    """(N, C, H, W): at most `CALIBRATION` faces from all over ``part``, as the model sees them."""
    return prepare.tensor(part.spread(CALIBRATION), card.input)


def divergence(wanted: Floats, found: Floats) -> float:
    """The mean Kullback-Leibler divergence of the probabilities of ``found`` from those of ``wanted``."""
    goal, given = (np.maximum(softmax(each).astype(np.float64), 1e-9) for each in (wanted, found))
    return float((goal * np.log(goal / given)).sum(axis=1).mean())


def _answers(card: Card, content: bytes, part: Part) -> Floats:
    return judging.logits(content, part.samples, card.input)


def _compared(old: bytes, new: bytes, before: Floats, after: Floats, part: Part) -> dict[str, Any]:
    return {
        "accuracy_before": judging.accuracy(before, part),
        "accuracy_after": judging.accuracy(after, part),
        "same_answer": round(float((before.argmax(axis=1) == after.argmax(axis=1)).mean()), 4),
        "bytes_before": len(old),
        "bytes_after": len(new),
    }


def _times(old: bytes, new: bytes, card: Card) -> dict[str, float]:
    times: dict[str, float] = {}
    for batch in BATCHES:
        suffix = "" if batch == 1 else f"_batch_{batch}"
        before, after = ms_per_face([old, new], card.input, batch)
        times |= {f"ms_before{suffix}": before, f"ms_after{suffix}": after}
    return times
