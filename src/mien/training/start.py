"""What a training can start from: fresh weights, or a trained model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mien import artifact, prepare
from mien.backends import OnnxRuntime
from mien.errors import ModelError
from mien.training import building, loop, recipe, record, sets
from mien.training.callbacks import BEST
from mien.training.checkpoint import load_weights
from mien.training.onnx_weights import load_onnx
from mien.training.parts import Part
from mien.training.recipe import Recipe
from mien.types import Floats

CHECKPOINT = ".ckpt"
RUNNER = "onnx"
"""What runs models that take the pictures themselves."""
STEP = 256
SETTLE = 512
"""So many pictures tell a batch norm that was folded away its statistics."""


@dataclass(frozen=True, slots=True)
class Start:
    """A trained model: the recipe of its network, its labels, its weights (.ckpt or .onnx) and their data."""

    recipe: Recipe
    labels: tuple[str, ...]
    weights: Path
    data: tuple[dict[str, str], ...]

    def network(self, part: Part) -> nn.Module:
        """The network with the weights, ready to learn from ``part``.

        Raises `ModelError` where the file holds another network.
        """
        network = fresh(self.recipe, len(self.labels))
        if self.weights.suffix == CHECKPOINT:
            voted = bool(self.recipe.votes.dataset)
            return load_weights(network, self.weights, self.recipe.model, voted=voted)
        pictures = torch.from_numpy(prepare.tensor(part.spread(SETTLE), self.recipe.input))
        return load_onnx(network, self.weights.read_bytes(), pictures, str(self.weights))

    def logits(self, part: Part) -> Floats:
        """(N, K) of ``part``, a model file being run as it will be used."""
        answer = self._runner(part)
        images = part.samples.images
        steps = (images[start : start + STEP] for start in range(0, len(images), STEP))
        return np.concatenate([answer(prepare.tensor(step, self.recipe.input)) for step in steps])

    def _runner(self, part: Part) -> Callable[[Floats], Floats]:
        if self.weights.suffix != CHECKPOINT:
            session = OnnxRuntime(self.weights.read_bytes())
            return lambda pictures: session.run(pictures)[0]
        network = self.network(part)

        def answer(pictures: Floats) -> Floats:
            with torch.inference_mode():
                logits: Floats = network(torch.from_numpy(pictures)).numpy()
            return logits

        return answer


def fresh(chosen: Recipe, classes: int) -> nn.Module:
    """The recipe's network, its weights drawn by the recipe's seed; raises as `building.build` does."""
    loop.seed(chosen.seed)
    return building.build(chosen, classes)


def find(name: str) -> Start:
    """The trained model ``name``: an installed one, an .onnx or .ckpt file, or the folder of a training.

    A folder that bears an installed model's name is meant by ``./name``. Raises `UnknownName` where nothing
    has that name and `ModelError` where nobody knows the network.
    """
    path = Path(name)
    if is_training(name):
        return _from_checkpoint(path / BEST)
    return _from_checkpoint(path) if path.suffix == CHECKPOINT else _from_artifact(name)


def is_training(name: str) -> bool:
    """Whether ``name`` is the folder of a training; what an installed model is called means that model."""
    return Path(name).is_dir() and name not in artifact.available("expression")


def check_training(checkpoint: Path) -> None:
    """Raise `ModelError` where ``checkpoint`` is not there, or without the recipe of its training."""
    if not checkpoint.is_file() or not checkpoint.with_name(record.FILE).is_file():
        raise ModelError(
            f"'{checkpoint.parent}' is no folder of a training: it needs {checkpoint.name} and {record.FILE}."
        )


def _from_checkpoint(path: Path) -> Start:
    check_training(path)
    kept = path.with_name(record.FILE)
    own = recipe.load(str(kept))
    return Start(own, sets.wanted_labels(own), path, _behind(own, path.with_name(f"{own.name}.json")))


def _behind(own: Recipe, card: Path) -> tuple[dict[str, str], ...]:
    """The sets behind a training by ``own``; of one that ended before it had a ``card``, those of its recipe.

    The card also names those of its teacher, and none that was optional and absent.
    """
    if card.is_file():
        return tuple(map(dict, artifact.read_card(card).data))
    return (*map(dict, own.base_data), *sets.sources(own))


def _from_artifact(name: str) -> Start:
    model = artifact.load(name, "expression")
    card, kept = model.card, model.path.with_name(record.FILE)
    if card.runner != RUNNER:
        raise ModelError(
            f"'{model.path}' does not read pictures itself ({card.runner} does): it cannot learn so."
        )
    if "int8" in card.figures:
        of = card.figures["int8"].get("of", "the model that it was made of")
        raise ModelError(f"'{model.path}' computes in int8 and cannot learn. Start from {of}.")
    if kept.is_file() and record.read(kept).get("name") == card.name:
        own = recipe.load(str(kept))
    elif card.name in recipe.names():
        own = recipe.load(card.name)
    else:
        raise ModelError(
            f"Nobody knows the network of '{model.path}': there is no recipe '{card.name}', and no "
            f"{record.FILE} of it beside the file. Start from the folder of its training."
        )
    unsure_below = card.calibration.unsure_below
    own = replace(own, name=card.name, input=card.input, crop=card.crop, unsure_below=unsure_below)
    return Start(own, card.labels, model.path, tuple(map(dict, card.data)))
