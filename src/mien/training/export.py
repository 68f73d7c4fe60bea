"""From a checkpoint to the artifact that the runtime loads: an ONNX file and its card."""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from mien import prepare, registry
from mien.artifact import Calibration, Card, InputSpec
from mien.backends import OnnxRuntime
from mien.classifiers.onnx import softmax
from mien.datasets.base import Dataset, Samples
from mien.errors import ModelError
from mien.evaluation import classifier as evaluation
from mien.training import models, onnx_file
from mien.training.calibration import fit_temperature
from mien.training.checkpoint import load_weights
from mien.training.recipe import Recipe
from mien.types import Floats

TOLERANCE = 1e-4
"""The largest difference of logits between the network and its export that passes."""
STEP = 256


@dataclass(frozen=True, slots=True)
class Exported:
    """The model file, its card beside it, and the largest difference of logits from the network's own."""

    path: Path
    card: Card
    difference: float


def export(
    recipe: Recipe, checkpoint: Path, out: Path, *, minutes: float = 0.0, hardware: str = ""
) -> Exported:
    """Write ``<recipe>.onnx`` and ``<recipe>.json`` into ``out`` from the weights of ``checkpoint``.

    The temperature is fitted and the figures are taken on the recipe's selection part, from the exported file
    itself; the temperature without the pictures that leaked into the training part. Raises `ModelError` where
    checkpoint and recipe do not fit, or the export answers differently from the network.
    """
    data: Dataset = registry.load("datasets", recipe.data.dataset)
    network = load_network(recipe, checkpoint, len(data.labels))
    samples = data.load(recipe.data.select)
    content = to_onnx(network, recipe.input)
    logits = _logits(OnnxRuntime(content), samples, recipe.input)
    difference = _difference(network, logits, samples, recipe.input)
    leaked = np.isin(samples.rows, data.leaked(recipe.data.select))
    temperature = round(fit_temperature(logits[~leaked], samples.targets[~leaked]), 4)
    figures = _figures(recipe, softmax(logits / temperature), samples, leaked, data.labels)
    made = {
        "difference_from_training": difference,
        "training_minutes": round(minutes, 1),
        "hardware": hardware,
    }
    card = _card(recipe, data, network, figures | made)
    card = replace(
        card,
        calibration=Calibration(temperature, recipe.unsure_below),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return Exported(onnx_file.write(out, recipe.name, content, card), card, difference)


def load_network(recipe: Recipe, checkpoint: Path, classes: int) -> nn.Module:
    """The recipe's network with the averaged weights of ``checkpoint``, ready to answer."""
    network = models.build(recipe.model, classes, recipe.input.channels, recipe.input.width, **recipe.network)
    return load_weights(network, checkpoint, recipe.model)


def parameters(network: nn.Module) -> tuple[int, int]:
    """The trainable numbers of ``network``, and all that it needs: with batch-norm means and variances."""
    trainable = sum(entry.numel() for entry in network.parameters())
    statistics = sum(entry.numel() for entry in network.buffers() if entry.is_floating_point())
    return trainable, trainable + statistics


def to_onnx(network: nn.Module, spec: InputSpec) -> bytes:
    """One ONNX file with a free batch size, input ``pictures`` and output ``logits``."""
    example = torch.zeros(2, spec.channels, spec.height, spec.width)
    return onnx_file.convert(network, example, ["logits"], {0: torch.export.Dim("batch", min=1)})


def _logits(session: OnnxRuntime, samples: Samples, spec: InputSpec) -> Floats:
    parts = [session.run(prepare.tensor(images, spec))[0] for images in _parts(samples)]
    return np.concatenate(parts)


def _difference(network: nn.Module, logits: Floats, samples: Samples, spec: InputSpec) -> float:
    with torch.inference_mode():
        parts = [network(torch.from_numpy(prepare.tensor(images, spec))) for images in _parts(samples)]
    largest = float(np.abs(torch.cat(parts).numpy() - logits).max())
    if not largest <= TOLERANCE:
        raise ModelError(f"The exported model's logits differ by {largest:g}, more than {TOLERANCE:g}.")
    return largest


def _parts(samples: Samples) -> Iterator[npt.NDArray[np.uint8]]:
    for start in range(0, len(samples), STEP):
        yield samples.images[start : start + STEP]


def _figures(
    recipe: Recipe,
    probabilities: Floats,
    samples: Samples,
    leaked: npt.NDArray[np.bool_],
    labels: tuple[str, ...],
) -> dict[str, Any]:
    names = (recipe.name, recipe.data.dataset, recipe.data.select)
    score = evaluation.score(
        probabilities, samples, leaked, names, unsure_below=recipe.unsure_below, labels=labels
    )
    keys = ("accuracy", "top2", "macro_f1", "balanced_accuracy", "log_loss", "calibration_error", "unsure")
    figures: dict[str, Any] = {key: round(getattr(score, key), 4) for key in keys}
    if score.without_leaked:
        figures["accuracy_without_leaked"] = round(score.without_leaked["accuracy"], 4)
        figures["leaked"] = int(leaked.sum())
    figures["measured_on"] = f"{recipe.data.dataset} {recipe.data.select}, {len(samples)} pictures"
    figures["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    return figures


def _card(recipe: Recipe, data: Dataset, network: nn.Module, figures: dict[str, Any]) -> Card:
    used = {"learning": recipe.data.train, "selection and calibration": recipe.data.select}
    trainable, total = parameters(network)
    return Card(
        name=recipe.name,
        task="expression",
        runner="onnx",
        labels=data.labels,
        input=recipe.input,
        crop=recipe.crop,
        description=recipe.description,
        parameters=total,
        rights=f"Trained on {data.title}: {data.rights}",
        data=tuple(
            {"name": data.title, "part": part, "use": use, "rights": data.rights}
            for use, part in used.items()
        ),
        figures=figures | {"trainable_parameters": trainable},
    )
