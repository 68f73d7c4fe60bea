"""Weights into a checkpoint, and out of it."""

import contextlib
import pickle
import textwrap
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO
from torch import Tensor, nn

from mien.errors import ModelError
from mien.training import record

_OF_TORCH = (
    *(OSError, EOFError, RuntimeError, pickle.UnpicklingError),
    *(AttributeError, LookupError, TypeError, ValueError),
)
"""What torch raises for files that it did not write, or that were damaged since, and for other networks."""


class WholeFiles(TorchCheckpointIO):
    """Puts a checkpoint in an older one's place once it is whole: a full disk leaves the older one alone."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        part = Path(f"{path}.part")
        try:
            super().save_checkpoint(checkpoint, part, storage_options)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def load_weights(network: nn.Module, checkpoint: Path, model: str, *, voted: bool = False) -> nn.Module:
    """``network`` with the averaged weights of ``checkpoint``, ready to answer.

    Of a ``voted`` training (see `mien.training.votes`) the second half of the outputs is left out. Raises
    `ModelError` where there is no such file, or it is no checkpoint of the network called ``model``.
    """
    if not checkpoint.is_file():
        raise ModelError(f"There is no checkpoint '{checkpoint}'.")
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
        state = {name.removeprefix("network."): value for name, value in state.items()}
        network.load_state_dict(_without_votes(state, network.state_dict()) if voted else state)
    except _OF_TORCH as error:
        raise ModelError(
            f"'{checkpoint}' is not a checkpoint of {model}{_owner(checkpoint)}: {_reason(error)}"
        ) from error
    return network.eval()


def epochs_of(checkpoint: Path) -> int:
    """How many epochs a training had learned for when it left ``checkpoint``.

    Raises `ModelError` for one that holds weights alone.
    """
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if "epoch" not in kept or "pytorch-lightning_version" not in kept:
        raise ModelError(f"'{checkpoint}' holds weights alone: a training cannot go on from it.")
    return int(kept["epoch"]) + 1


def effort_until(checkpoint: Path) -> dict[str, Any]:
    """``minutes`` of training that led to ``checkpoint``, and on which ``hardware``; see `callbacks.Effort`.

    0 and no word where it is from before they were kept, or cannot be read: who loads its weights says so.
    """
    kept: dict[str, Any] = {}
    with contextlib.suppress(*_OF_TORCH):
        states = torch.load(checkpoint, map_location="cpu", weights_only=True)["callbacks"].values()
        kept = next((state for state in states if "minutes" in state), {})
    return {"minutes": float(kept.get("minutes", 0.0)), "hardware": kept.get("hardware", "")}


def _without_votes(state: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """``state`` with the first half of each tensor that is twice as long as the network's ``own``."""
    doubled = {name for name, value in own.items() if name in state and _is_twice(state[name], value)}
    return {name: value[: len(own[name])] if name in doubled else value for name, value in state.items()}


def _is_twice(one: Tensor, other: Tensor) -> bool:
    return other.ndim > 0 and one.shape == (2 * len(other), *other.shape[1:])


def _reason(error: Exception) -> str:
    """What is wrong, in one line: torch says on the first only that something is.

    Of a file that it cannot read, or will not, as it holds more than numbers, torch asks for a report.
    """
    if isinstance(error, pickle.UnpicklingError):
        return "it holds something else than weights."
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return textwrap.shorten(lines[min(1, len(lines) - 1)], 160, placeholder=" ...")


def _owner(checkpoint: Path) -> str:
    """Whose it is, by the recipe that a training leaves beside it; empty where there is none."""
    kept = checkpoint.with_name(record.FILE)
    owner = record.read(kept).get("model") if kept.is_file() else None
    return f" (its folder is one of {owner})" if owner else ""
