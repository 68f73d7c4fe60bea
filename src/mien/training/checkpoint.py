"""Weights out of a checkpoint."""

import pickle
from pathlib import Path

import torch
from torch import nn

from mien.errors import ModelError


def load_weights(network: nn.Module, checkpoint: Path, model: str) -> nn.Module:
    """``network`` with the averaged weights of ``checkpoint``, ready to answer.

    Raises `ModelError` where the file is no checkpoint of the network called ``model``.
    """
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
        network.load_state_dict({name.removeprefix("network."): value for name, value in state.items()})
    except (OSError, KeyError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(f"'{checkpoint}' is not a checkpoint of {model}: {reason}") from error
    return network.eval()
