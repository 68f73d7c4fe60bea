"""From a checkpoint to the landmarker that the runtime loads: folded, measured, with its card."""

import datetime
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mien import registry
from mien.artifact import Artifact, Card
from mien.backends import OnnxRuntime
from mien.datasets import _landmarks68
from mien.datasets._landmarks68 import RIGHTS, TITLE, Portraits
from mien.errors import ModelError
from mien.evaluation import landmarks as evaluation
from mien.evaluation.landmarks_faces import Found, find
from mien.landmarkers.onnx import OnnxLandmarker
from mien.training import onnx_file
from mien.training.checkpoint import load_weights
from mien.training.export import Exported, parameters
from mien.training.folding import folded
from mien.training.landmarks import network
from mien.training.landmarks.augment import face_box
from mien.training.landmarks.recipe import PointRecipe

TOLERANCE = 1e-4
"""The largest difference between the network and its export that passes, in sides of the crop."""


def export(
    recipe: PointRecipe, checkpoint: Path, out: Path, *, minutes: float = 0.0, hardware: str = ""
) -> Exported:
    """Write ``<recipe>.onnx`` and ``<recipe>.json`` into ``out`` from the weights of ``checkpoint``.

    The figures are taken on the recipe's selection part, from the exported file itself. Raises `ModelError`
    where checkpoint and recipe do not fit, or the export answers differently from the network.

    The weights stay in float32: half precision moves the points by little, but `geometry`, which learned
    from these, then reads 57.7 instead of 58.2 % of FER2013's PublicTest.
    """
    trained = network.build(recipe.input.width, recipe.input.channels)
    load_weights(trained, checkpoint, recipe.name)
    content = to_onnx(trained, recipe)
    difference = _difference(trained, content, recipe)
    card = replace(_card(recipe, trained), sha256=hashlib.sha256(content).hexdigest())
    path = onnx_file.write(out, recipe.name, content, card)
    made = {
        "difference_from_training": difference,
        "training_minutes": round(minutes, 1),
        "hardware": hardware,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    card = replace(card, figures=_figures(recipe, Artifact(path, card)) | made)
    return Exported(onnx_file.write(out, recipe.name, content, card), card, difference)


def to_onnx(trained: nn.Module, recipe: PointRecipe) -> bytes:
    """One ONNX file with a free batch size, input ``pictures`` and output ``points``, (N, 136)."""
    side = recipe.input.width
    example = torch.zeros(2, recipe.input.channels, side, side)
    free = {0: torch.export.Dim("batch", min=1)}
    return onnx_file.convert(folded(trained), example, ["points"], free)


def _difference(trained: nn.Module, content: bytes, recipe: PointRecipe) -> float:
    side = recipe.input.width
    shape = (8, recipe.input.channels, side, side)
    noise = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    with torch.inference_mode():
        wanted = trained.eval()(torch.from_numpy(noise)).numpy()
    largest = float(np.abs(OnnxRuntime(content).run(noise)[0] - wanted).max())
    if not largest <= TOLERANCE:
        raise ModelError(f"The exported model's points differ by {largest:g}, more than {TOLERANCE:g}.")
    return largest


def _figures(recipe: PointRecipe, model: Artifact) -> dict[str, Any]:
    portraits = _landmarks68.load(recipe.data.select, recipe.data.folder)
    found = _found(recipe, portraits)
    points = evaluation.locate({recipe.name: OnnxLandmarker(model)}, found)[recipe.name]
    figures = evaluation.figures(points, found)
    boxes = f"boxes by {recipe.data.detector}" if recipe.data.detector else "boxes by the labels"
    return {
        **{name: round(figures[name], 4) for name in ("nme", "failure_rate", "auc")},
        "nme_by_region": {region: round(value, 4) for region, value in figures["regions"].items()},
        "faces_missed_by_detector": len(found.missed),
        "measured_on": f"{TITLE} {recipe.data.select}, {len(portraits)} faces, {boxes}",
    }


def _found(recipe: PointRecipe, portraits: Portraits) -> Found:
    if recipe.data.detector:
        return find(portraits, registry.load("detectors", recipe.data.detector))
    boxes = tuple(face_box(points) for points in portraits.points)
    return Found(portraits, tuple(range(len(portraits))), boxes)


def _card(recipe: PointRecipe, trained: nn.Module) -> Card:
    used = {"learning": recipe.data.train, "selection": recipe.data.select}
    return Card(
        name=recipe.name,
        task="landmarks",
        runner="onnx",
        labels=(),
        input=recipe.input,
        crop=recipe.crop,
        description=recipe.description,
        parameters=parameters(trained)[1],
        rights=f"Trained on {TITLE}: {RIGHTS}",
        data=tuple({"name": TITLE, "part": part, "use": use, "rights": RIGHTS} for use, part in used.items()),
    )
