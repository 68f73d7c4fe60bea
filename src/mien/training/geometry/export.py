"""From a checkpoint to the model that `mien.classifiers.geometry` runs, and its card."""

import datetime
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mien import artifact
from mien.artifact import Calibration, Card
from mien.backends import OnnxRuntime
from mien.classifiers._face_numbers import COUNT
from mien.classifiers.onnx import softmax
from mien.datasets._opening import open_set
from mien.datasets.base import Dataset, Samples
from mien.errors import ModelError
from mien.evaluation import classifier as evaluation
from mien.training import onnx_file
from mien.training.calibration import fit_temperature
from mien.training.checkpoint import load_weights
from mien.training.export import TOLERANCE, Exported, parameters
from mien.training.geometry.data import numbers
from mien.training.geometry.network import NumberNetwork
from mien.training.geometry.recipe import GeometryRecipe
from mien.types import Floats

_SHOWN = ("accuracy", "top2", "macro_f1", "balanced_accuracy", "log_loss", "calibration_error", "unsure")


def export(
    recipe: GeometryRecipe, checkpoint: Path, out: Path, *, minutes: float = 0.0, hardware: str = ""
) -> Exported:
    """Write ``<recipe>.onnx`` and ``<recipe>.json`` into ``out`` from the weights of ``checkpoint``.

    Temperature and figures come from the recipe's selection part, by the exported file; the temperature
    without the pictures that leaked into the learning part. Raises `ModelError` where checkpoint and recipe
    do not fit, or the export answers differently from the network.
    """
    data = open_set(recipe.data.dataset)
    network = NumberNetwork(COUNT, len(data.labels), recipe.hidden, recipe.dropout)
    load_weights(network, checkpoint, recipe.name)
    free = {0: torch.export.Dim("batch", min=1)}
    content = onnx_file.convert(network, torch.zeros(2, COUNT), ["logits"], free, "numbers")
    samples = data.load(recipe.data.select)
    seen = numbers(recipe, samples)
    logits = OnnxRuntime(content).run(seen)[0]
    leaked = np.isin(samples.rows, data.leaked(recipe.data.select))
    temperature = round(fit_temperature(logits[~leaked], samples.targets[~leaked]), 4)
    figures = _figures(recipe, data, samples, softmax(logits / temperature)) | {
        "difference_from_training": _difference(network, seen, logits),
        "training_minutes": round(minutes, 1),
        "hardware": hardware,
    }
    card = replace(
        _card(recipe, data, network),
        figures=figures,
        calibration=Calibration(temperature, recipe.unsure_below),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    path = onnx_file.write(out, recipe.name, content, card)
    return Exported(path, card, figures["difference_from_training"])


def _difference(network: NumberNetwork, seen: Floats, logits: Floats) -> float:
    with torch.inference_mode():
        largest = float(np.abs(network(torch.from_numpy(seen)).numpy() - logits).max())
    if not largest <= TOLERANCE:
        raise ModelError(f"The exported model's logits differ by {largest:g}, more than {TOLERANCE:g}.")
    return largest


def _figures(
    recipe: GeometryRecipe, data: Dataset, samples: Samples, probabilities: Floats
) -> dict[str, Any]:
    leaked = np.isin(samples.rows, data.leaked(recipe.data.select))
    names = (recipe.name, recipe.data.dataset, recipe.data.select)
    score = evaluation.score(
        probabilities, samples, leaked, names, unsure_below=recipe.unsure_below, labels=data.labels
    )
    figures: dict[str, Any] = {key: round(getattr(score, key), 4) for key in _SHOWN}
    if score.without_leaked:
        figures["accuracy_without_leaked"] = round(score.without_leaked["accuracy"], 4)
        figures["leaked"] = int(leaked.sum())
    figures["measured_on"] = f"{recipe.data.dataset} {recipe.data.select}, {len(samples)} pictures"
    figures["landmarker"] = recipe.landmarker
    figures["date"] = datetime.datetime.now(datetime.UTC).date().isoformat()
    return figures


def _card(recipe: GeometryRecipe, data: Dataset, network: NumberNetwork) -> Card:
    points = artifact.load(recipe.landmarker, "landmarks").card
    used = {"learning": recipe.data.train, "selection and calibration": recipe.data.select}
    own = (
        {"name": data.called, "part": part, "use": use, "rights": data.rights} for use, part in used.items()
    )
    under = ({**other, "use": f"{other['use']} of {recipe.landmarker}"} for other in points.data)
    return Card(
        name=recipe.name,
        task="expression",
        runner="geometry",
        labels=data.labels,
        input=recipe.input,
        crop=recipe.crop,
        description=recipe.description,
        parameters=parameters(network)[1],
        rights=f"Trained on {data.called}: {data.rights} Points by {recipe.landmarker}: {points.rights}",
        data=(*own, *under),
    )
