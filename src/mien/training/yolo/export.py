"""From a checkpoint to the one-stage model that the runtime loads: folded, thresholds set, card written."""

import datetime
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from mien.artifact import Calibration, Card, DetectionSpec, InputSpec
from mien.backends import OnnxRuntime
from mien.errors import ModelError, SourceError
from mien.labels import FER7
from mien.training import folding, onnx_file
from mien.training.calibration import fit_temperature
from mien.training.checkpoint import load_weights
from mien.training.export import Exported, parameters
from mien.training.half import halved
from mien.training.models._cross_stage import Focus
from mien.training.models.yolo_expression import STRIDES, YoloExpression
from mien.training.yolo.network import fresh
from mien.training.yolo.recipe import YoloRecipe
from mien.training.yolo.scoring import OVERLAP, Looked, figures, looked, matched, threshold

logger = logging.getLogger(__name__)
INPUT = InputSpec(0, 0, "bgr", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
"""Any size; pixels as they are, for the network scales by itself."""
TOLERANCE = 5e-3
"""The largest difference of any output between the network and its export that passes."""
PRECISION = 0.95
LEAST_SCORE, MOST_SCORE = 0.05, 0.9
"""Between these the card's score threshold may lie."""
DIGITS = 4
Batch = dict[str, Tensor]


class Batches(Protocol):
    """Pictures to be scored on, as `mien.training.yolo.data.Scenes` gives them."""

    def val_dataloader(self) -> Iterable[Batch]:
        """Those to choose by."""


def export(
    recipe: YoloRecipe,
    checkpoint: Path,
    out: Path,
    scenes: Batches,
    *,
    tests: Mapping[str, Batches] | None = None,
    minutes: float = 0.0,
    hardware: str = "",
) -> Exported:
    """Write ``<recipe>.onnx`` and ``<recipe>.json`` into ``out`` from the weights of ``checkpoint``.

    The score threshold is the lowest from which `PRECISION` of the boxes in the pictures to choose by lie on
    a face: one that is missed now is found in the next frame, one that is none disturbs. The temperature is
    that with the lowest log loss of the expressions of faces that were found; figures are taken there too,
    from the file as it is written, its weights in half precision, and in ``tests`` (by name), as far as they
    are there. Raises `ModelError` where checkpoint and recipe do not fit, or the export answers differently.
    """
    network = fresh(recipe)
    load_weights(network, checkpoint, recipe.model)
    plain = to_onnx(folded(network))
    difference = _difference(network, plain)
    content = halved(plain)
    pictures = _look(content, network.anchors, scenes.val_dataloader())
    made = {
        **_rounded(figures(pictures)),
        "measured_on": f"{_sets(recipe)}, {len(pictures)} pictures at {recipe.data.select_side}",
        "difference_from_training": difference,
        "trainable_parameters": parameters(network)[0],
        "training_minutes": round(minutes, 1),
        "hardware": hardware,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    if tested := _tested(content, network.anchors, tests or {}):
        made["test"] = tested
    card = _card(recipe, network, made, threshold(pictures, PRECISION), _temperature(pictures))
    card = replace(card, sha256=hashlib.sha256(content).hexdigest())
    return Exported(onnx_file.write(out, recipe.name, content, card), card, difference)


def to_onnx(network: YoloExpression) -> bytes:
    """One ONNX file for one picture of any size: input ``picture``, outputs ``stride_8`` and so on."""
    # Sides are multiples of the largest stride: the exporter wants to be told, and cannot follow other names.
    rows, columns = torch.export.Dim("rows", min=2, max=512), torch.export.Dim("columns", min=2, max=512)
    example = torch.zeros(1, INPUT.channels, 96, 128)
    names = [f"stride_{stride}" for stride in STRIDES]
    return onnx_file.convert(network, example, names, {2: 32 * rows, 3: 32 * columns}, "picture")


def folded(network: YoloExpression) -> YoloExpression:
    """A copy of ``network`` that answers the same in fewer steps.

    Batch norms, the scale of the pixels and the slicing of the Focus stem are part of the convolutions.
    """
    network = folding.folded(network)
    if isinstance(network.stem[0], Focus):
        _, convolution, *rest = network.stem
        network.stem = nn.Sequential(unsliced(cast(nn.Conv2d, convolution)), *rest)
    with torch.no_grad():
        cast(nn.Conv2d, network.stem[0]).weight *= network.scale
    network.scale = 1.0
    return network


def unsliced(convolution: nn.Conv2d) -> nn.Conv2d:
    """The convolution of stride 2 over whole pictures that equals a 3 x 3 ``convolution`` behind `Focus`."""
    weight = convolution.weight.detach()  # (outputs, 4 * channels, 3, 3)
    outputs, inputs = weight.shape[:2]
    made = nn.Conv2d(inputs // 4, outputs, 6, stride=2, padding=2)
    parts = weight.view(outputs, 2, 2, inputs // 4, 3, 3)  # 2, 2: column and row within the square of four
    merged = parts.permute(0, 3, 4, 2, 5, 1).reshape(outputs, inputs // 4, 6, 6)
    made.weight = nn.Parameter(merged.contiguous())
    made.bias = convolution.bias
    return made


def _difference(network: YoloExpression, content: bytes) -> float:
    """The largest difference of the outputs on noise of two sizes; `ModelError` where it is too large."""
    session, random, largest = OnnxRuntime(content), np.random.default_rng(0), 0.0
    for height, width in ((96, 160), (320, 256)):
        noise = random.uniform(0, 255, (1, INPUT.channels, height, width)).astype(np.float32)
        with torch.inference_mode():
            wanted = network.eval()(torch.from_numpy(noise))
        pairs = zip(session.run(noise), wanted, strict=True)
        largest = max(largest, *(float(np.abs(found - goal.numpy()).max()) for found, goal in pairs))
    if not largest <= TOLERANCE:
        raise ModelError(f"The exported model's outputs differ by {largest:g}, more than {TOLERANCE:g}.")
    return largest


def _look(content: bytes, anchors: Tensor, batches: Iterable[Batch]) -> list[Looked]:
    """What the file finds in the pictures of ``batches``."""
    answer: Callable[[Any], list[Any]] = OnnxRuntime(content).run
    seen: list[Looked] = []
    for batch in batches:
        each = [answer(picture[None].float().numpy()) for picture in batch["pictures"]]
        maps = [torch.from_numpy(np.concatenate(parts)) for parts in zip(*each, strict=True)]
        seen += looked(maps, anchors, batch["boxes"])
    return seen


def _tested(content: bytes, anchors: Tensor, tests: Mapping[str, Batches]) -> dict[str, Any]:
    """By test set, its figures."""
    found: dict[str, Any] = {}
    for name, scenes in tests.items():
        try:
            batches = scenes.val_dataloader()
        except SourceError as error:
            logger.warning("%s is not scored: %s", name, error)
            continue
        pictures = _look(content, anchors, batches)
        found[name] = {**_rounded(figures(pictures)), "pictures": len(pictures)}
    return found


def _temperature(pictures: list[Looked]) -> float:
    """1 where no face of known expression was found."""
    logits, classes = matched(pictures)
    return round(fit_temperature(logits, classes), DIGITS) if len(classes) else 1.0


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in values.items()}


def _sets(recipe: YoloRecipe) -> str:
    return " + ".join(each.scenes for each in recipe.data.of("select"))


def _card(
    recipe: YoloRecipe, network: YoloExpression, made: dict[str, Any], score: float, temperature: float
) -> Card:
    score = min(max(round(score, 2), LEAST_SCORE), MOST_SCORE)
    anchors = tuple(
        tuple((round(float(width), 2), round(float(height), 2)) for width, height in stride)
        for stride in network.anchors.tolist()
    )
    return Card(
        name=recipe.name,
        task="detection",
        runner="onnx",
        labels=FER7,
        input=INPUT,
        detection=DetectionSpec(
            "anchors", STRIDES, score, OVERLAP, anchors=anchors, long_side=recipe.data.select_side
        ),
        calibration=Calibration(temperature=temperature),
        description=recipe.description,
        parameters=parameters(network)[1],
        rights=recipe.rights,
        data=recipe.sets,
        figures=made,
    )
