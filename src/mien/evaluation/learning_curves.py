"""How the training of a model went, where its folder still says so: what ``mien train`` leaves there."""

import json
from pathlib import Path
from typing import Any

CURVES, RECIPE = "curves.json", "recipe.json"
KINDS = ("accuracy", "loss")
PARTS = ("train", "val")
Curves = dict[str, list[float | None]]


def read(model: Path) -> Curves | None:
    """Columns by epoch (``epoch``, ``train_loss``, ``val_accuracy`` ...) of the training that made ``model``.

    None where no curves lie beside the model file, or those of another one.
    """
    recipe, curves = (_object(model.with_name(name)) for name in (RECIPE, CURVES))
    name = model.stem.removesuffix(".int8")
    if not curves or not recipe or recipe.get("name") != name or not curves.get("epoch"):
        return None
    return {column: values for column, values in curves.items() if isinstance(values, list)}


def _object(path: Path) -> dict[str, Any] | None:
    """The JSON object at ``path``; None where there is none: a report does not fail for its curves."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
