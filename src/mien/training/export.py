"""From a checkpoint to the artifact that the runtime loads: an ONNX file and its card."""

import datetime
import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import nn

from mien import prepare, registry
from mien.artifact import Calibration, Card, InputSpec
from mien.backends import OnnxRuntime
from mien.classifiers.onnx import softmax
from mien.datasets.base import Dataset, Samples
from mien.errors import ModelError
from mien.evaluation import classifier as evaluation
from mien.training import models
from mien.training.calibration import fit_temperature
from mien.training.quiet import quiet
from mien.training.recipe import Recipe
from mien.types import Floats

OPSET = 18
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
    return Exported(_write(out, recipe.name, content, card), card, difference)


def load_network(recipe: Recipe, checkpoint: Path, classes: int) -> nn.Module:
    """The recipe's network with the averaged weights of ``checkpoint``, ready to answer."""
    network = models.build(recipe.model, classes, recipe.input.channels)
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
        network.load_state_dict({name.removeprefix("network."): value for name, value in state.items()})
    except (OSError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"'{checkpoint}' is not a checkpoint of {recipe.model}: {reason}") from error
    return network.eval()


def parameters(network: nn.Module) -> tuple[int, int]:
    """The trainable numbers of ``network``, and all that it needs: with batch-norm means and variances."""
    trainable = sum(entry.numel() for entry in network.parameters())
    statistics = sum(entry.numel() for entry in network.buffers() if entry.is_floating_point())
    return trainable, trainable + statistics


def to_onnx(network: nn.Module, spec: InputSpec) -> bytes:
    """One ONNX file with a free batch size, input ``pictures`` and output ``logits``, without traces of its
    making."""
    example = torch.zeros(2, spec.channels, spec.height, spec.width)
    with quiet():
        program = torch.onnx.export(
            network.eval(),
            (example,),
            input_names=["pictures"],
            output_names=["logits"],
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            verbose=False,
        )
    if program is None:
        raise ModelError("The network could not be exported to ONNX.")
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def _strip(model: onnx.ModelProto) -> None:
    """Drop the source files and stack traces that the exporter notes at every node."""
    graph = model.graph
    for entry in (*graph.node, *graph.input, *graph.output, *graph.initializer, *graph.value_info):
        del entry.metadata_props[:]
        entry.doc_string = ""
    del graph.metadata_props[:], graph.value_info[:], model.metadata_props[:]


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


def _write(out: Path, name: str, content: bytes, card: Card) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.onnx"
    for target, data in ((path, content), (path.with_suffix(".json"), card.as_json().encode())):
        part = target.with_name(target.name + ".part")
        part.write_bytes(data)
        part.replace(target)
    return path
