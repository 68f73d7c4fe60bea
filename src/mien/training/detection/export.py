"""From a checkpoint to the detector that the runtime loads: batch norms folded, scores set, card written."""

import datetime
import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mien import geometry
from mien.artifact import Artifact, Card, DetectionSpec, InputSpec
from mien.backends import OnnxRuntime
from mien.detectors.onnx import OnnxDetector
from mien.errors import ModelError
from mien.scenes.base import Scene
from mien.training import folding, onnx_file
from mien.training.checkpoint import load_weights
from mien.training.detection.average_precision import Seen, average_precision, counted
from mien.training.detection.pictures import boxes_of
from mien.training.detection.recipe import DetectionRecipe
from mien.training.export import Exported, parameters
from mien.training.half import halved
from mien.training.models.mien_face import STRIDES, FaceDetector, build

INPUT = InputSpec(0, 0, "bgr", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
"""Any size; pixels as they are, for the network scales by itself."""
TOLERANCE = 2e-3
"""The largest difference of any output between the network and its export that passes."""
REPORTED = 0.6
LONG_SIDE = 640
LOWEST = 0.05
SAME = 0.4
LARGEST_SHIFT = 1.5
COARSEST = slice(-1, None)
RIGHTS = (
    "Trained on pictures whose owners allow research only, or are unknown: see data. Labels partly by YuNet "
    "(Apache-2.0)."
)


def export(
    recipe: DetectionRecipe,
    checkpoint: Path,
    out: Path,
    scenes: Sequence[Scene],
    *,
    minutes: float = 0.0,
    hardware: str = "",
) -> Exported:
    """Write ``<recipe>.onnx`` and ``<recipe>.json`` into ``out`` from the weights of ``checkpoint``.

    The scores of the coarsest map are raised by the recipe's ``large_faces``, then all are shifted so that at
    0.6 the detector reports as many faces that nobody boxed, per picture of ``scenes``, as the recipe states
    (``false_faces``); figures are taken there too, from the exported file, its weights in half precision. The
    boxes of ``scenes`` are complete, or what nobody boxed would not be false.
    Raises `ModelError` where checkpoint and recipe do not fit, or the export answers differently.
    """
    network = build()
    load_weights(network, checkpoint, recipe.model)
    plain = folded(network)
    difference = _difference(network, to_onnx(plain))
    card = _card(recipe, network)
    plain.raise_scores(recipe.large_faces, COARSEST)
    shift = _shift(_look(to_onnx(plain), card, out, scenes), recipe.false_faces)
    plain.raise_scores(shift)
    content = halved(to_onnx(plain))
    made = {
        **_figures(_look(content, card, out, scenes)),
        "measured_on": f"{recipe.data.select}, {len(scenes)} pictures at {LONG_SIDE}",
        "score_shift": round(shift, 4),
        "difference_from_training": difference,
        "training_minutes": round(minutes, 1),
        "hardware": hardware,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    card = replace(card, figures=made, sha256=hashlib.sha256(content).hexdigest())
    return Exported(onnx_file.write(out, recipe.name, content, card), card, difference)


def to_onnx(network: FaceDetector) -> bytes:
    """One ONNX file for one picture of any size: input ``picture``, outputs ``stride_8`` and so on."""
    # Sides are multiples of the largest stride: the exporter wants to be told, and cannot follow other names.
    rows, columns = torch.export.Dim("rows", min=2, max=512), torch.export.Dim("columns", min=2, max=512)
    example = torch.zeros(1, 3, 96, 128)
    names = [f"stride_{stride}" for stride in STRIDES]
    return onnx_file.convert(network, example, names, {2: 32 * rows, 3: 32 * columns}, "picture")


def folded(network: FaceDetector) -> FaceDetector:
    """A copy of ``network`` whose batch norms, and the scale of the pixels, are part of its convolutions."""
    network = folding.folded(network)
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad():
        first.weight *= network.scale
    network.scale = 1.0
    return network


def _difference(network: FaceDetector, content: bytes) -> float:
    """The largest difference of the outputs on noise of two sizes; `ModelError` where it is too large."""
    session, random, largest = OnnxRuntime(content), np.random.default_rng(0), 0.0
    for height, width in ((96, 160), (320, 256)):
        noise = random.uniform(0, 255, (1, 3, height, width)).astype(np.float32)
        with torch.inference_mode():
            wanted = network.eval()(torch.from_numpy(noise))
        pairs = zip(session.run(noise), wanted, strict=True)
        largest = max(largest, *(float(np.abs(found - goal.numpy()).max()) for found, goal in pairs))
    if not largest <= TOLERANCE:
        raise ModelError(f"The exported model's outputs differ by {largest:g}, more than {TOLERANCE:g}.")
    return largest


def _look(content: bytes, card: Card, out: Path, scenes: Sequence[Scene]) -> list[Seen]:
    """What the file finds in ``scenes`` from a low score up, but on boxes that are to be ignored."""
    path = onnx_file.write(out, card.name, content, card)
    detector = OnnxDetector(Artifact(path, card), LONG_SIDE, score_threshold=LOWEST)
    seen = []
    for scene in scenes:
        found = detector.detect(scene.image())
        boxes = geometry.as_array([face.box for face in found])
        scores = np.array([face.score for face in found], np.float32)
        given, ignored = (boxes_of(scene, ignore=ignore) for ignore in (False, True))
        seen.append(counted(Seen(boxes, scores, given), ignored))
    return seen


def _shift(seen: Sequence[Seen], false_faces: float) -> float:
    """What to add to the score's logit so that ``false_faces`` per picture are reported."""
    false = np.sort(np.concatenate([each.scores[~_matched(each)] for each in seen]))[::-1]
    allowed = int(false_faces * len(seen))
    threshold = float(false[allowed]) if allowed < len(false) else LOWEST
    shift = _logit(REPORTED) - _logit(min(max(threshold, LOWEST), 0.99))
    return float(np.clip(shift, -LARGEST_SHIFT, LARGEST_SHIFT))


def _matched(seen: Seen) -> Any:
    """(N,) bool: which found boxes lie on a given one."""
    if not len(seen.given):
        return np.zeros(len(seen.boxes), bool)
    return (geometry.iou(seen.boxes, seen.given) >= SAME).any(axis=1)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _figures(seen: Sequence[Seen]) -> dict[str, Any]:
    reported = [_reported(each) for each in seen]
    given = sum(len(each.given) for each in seen)
    found = sum(int(_matched(Seen(each.given, each.scores, each.boxes)).sum()) for each in reported)
    false = sum(int((~_matched(each)).sum()) for each in reported)
    return {
        "average_precision_50": round(average_precision(list(seen)), 4),
        "recall_at_0.6": round(found / max(given, 1), 4),
        "other_faces_per_picture": round(false / max(len(seen), 1), 4),
    }


def _reported(seen: Seen) -> Seen:
    keep = seen.scores >= REPORTED
    return Seen(seen.boxes[keep], seen.scores[keep], seen.given)


def _card(recipe: DetectionRecipe, network: FaceDetector) -> Card:
    return Card(
        name=recipe.name,
        task="detection",
        runner="onnx",
        labels=(),
        input=INPUT,
        detection=DetectionSpec(
            "anchor_free",
            STRIDES,
            REPORTED,
            box_height=round(1 - recipe.forehead + recipe.chin, 4),
            box_shift_y=round((recipe.forehead + recipe.chin) / 2, 4),
        ),
        description=recipe.description,
        parameters=parameters(network)[1],
        rights=RIGHTS,
        data=recipe.sets,
    )
