"""Weights out of a checkpoint."""

import pickle
import textwrap
from pathlib import Path

import torch
from torch import nn

from mien.errors import ModelError
from mien.training import record


def load_weights(network: nn.Module, checkpoint: Path, model: str) -> nn.Module:
    """``network`` with the averaged weights of ``checkpoint``, ready to answer.

    Raises `ModelError` where the file is no checkpoint of the network called ``model``.
    """
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
        network.load_state_dict({name.removeprefix("network."): value for name, value in state.items()})
    except (OSError, KeyError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise ModelError(
            f"'{checkpoint}' is not a checkpoint of {model}{_owner(checkpoint)}: {_reason(error)}"
        ) from error
    return network.eval()


def _reason(error: Exception) -> str:
    """What is wrong, in one line: torch says on the first only that something is."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return textwrap.shorten(lines[min(1, len(lines) - 1)], 160, placeholder=" ...")


def _owner(checkpoint: Path) -> str:
    """Whose it is, by the recipe that a training leaves beside it; empty where there is none."""
    kept = checkpoint.with_name(record.FILE)
    owner = record.read(kept).get("model") if kept.is_file() else None
    return f" (its folder is one of {owner})" if owner else ""
