"""From a checkpoint to the artifact that the runtime loads: an ONNX file and its card."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mien import prepare
from mien.artifact import Calibration, Card, InputSpec
from mien.datasets.base import Samples
from mien.errors import ModelError
from mien.training import distillation, judging, models, onnx_file, sets, variants
from mien.training.checkpoint import load_weights
from mien.training.recipe import Recipe
from mien.training.sets import Parts
from mien.training.variants import Form
from mien.types import Floats

TOLERANCE = 1e-4
"""The largest difference of logits between the network and its export that passes; of logits over 1, as a
share of the largest."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The model file, its card beside it, and the largest difference of logits from the network's own."""

    path: Path
    card: Card
    difference: float


def export(
    recipe: Recipe,
    checkpoint: Path,
    out: Path,
    *,
    minutes: float = 0.0,
    hardware: str = "",
    half: bool | None = None,
) -> Exported:
    """Write ``<recipe>.onnx`` and ``<recipe>.json`` into ``out`` from the weights of ``checkpoint``.

    ``half`` is as in `variants.stored`. Temperature and figures are those of the written file (see
    `judging.judged`); the difference is taken before it is stored in half precision. Raises `ModelError`
    where checkpoint and recipe do not fit, or the export answers differently from the network.
    """
    data = sets.load(recipe)
    network = load_network(recipe, checkpoint, len(data.labels))
    samples = data.select.samples
    content = to_onnx(network, recipe.input)
    difference = _difference(network, judging.logits(content, samples, recipe.input), samples, recipe.input)
    made = {
        "difference_from_training": difference,
        "training_minutes": round(minutes, 1),
        "hardware": hardware,
    }
    form = Form(content, _card(recipe, data, network, made))
    form = variants.stored(form, data.select, half)
    card = judging.judged(form.card, form.content, data)
    return Exported(onnx_file.write(out, recipe.name, form.content, card), card, difference)


def load_network(recipe: Recipe, checkpoint: Path, classes: int) -> nn.Module:
    """The recipe's network with the averaged weights of ``checkpoint``, ready to answer."""
    network = models.build(recipe.model, classes, recipe.input.channels, recipe.input.width, **recipe.network)
    return load_weights(network, checkpoint, recipe.model, voted=bool(recipe.votes.dataset))


def parameters(network: nn.Module) -> tuple[int, int]:
    """The trainable numbers of ``network``, and all that it needs: with batch-norm means and variances."""
    trainable = sum(entry.numel() for entry in network.parameters())
    statistics = sum(entry.numel() for entry in network.buffers() if entry.is_floating_point())
    return trainable, trainable + statistics


def to_onnx(network: nn.Module, spec: InputSpec) -> bytes:
    """One ONNX file with a free batch size, input ``pictures`` and output ``logits``."""
    example = torch.zeros(2, spec.channels, spec.height, spec.width)
    return onnx_file.convert(network, example, ["logits"], {0: torch.export.Dim("batch", min=1)})


def _difference(network: nn.Module, logits: Floats, samples: Samples, spec: InputSpec) -> float:
    with torch.inference_mode():
        parts = [network(torch.from_numpy(prepare.tensor(step, spec))) for step in judging.steps(samples)]
    largest = float(np.abs(torch.cat(parts).numpy() - logits).max())
    allowed = TOLERANCE * max(1.0, float(np.abs(logits).max()))
    if not largest <= allowed:
        raise ModelError(f"The exported model's logits differ by {largest:g}, more than {allowed:g}.")
    return largest


def _card(recipe: Recipe, data: Parts, network: nn.Module, figures: dict[str, Any]) -> Card:
    trainable, total = parameters(network)
    sources = tuple({key: str(text) for key, text in source.items()} for source in recipe.base_data)
    sources += data.sources + distillation.sources(recipe)
    terms = dict.fromkeys(f"{source['name']}: {source['rights']}" for source in sources)
    return Card(
        name=recipe.name,
        task="expression",
        runner="onnx",
        labels=data.labels,
        input=recipe.input,
        crop=recipe.crop,
        calibration=Calibration(unsure_below=recipe.unsure_below),
        description=recipe.description,
        parameters=total,
        rights=f"Trained on {' '.join(terms)}",
        data=sources,
        figures=figures | {"trainable_parameters": trainable},
    )
