"""Weights of a network out of the ONNX file that was exported from it."""

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mien.backends import OnnxRuntime
from mien.errors import ModelError
from mien.training.half import restored
from mien.types import Floats

TOLERANCE = 1e-3
"""The largest difference of logits between the file and the network with its weights that passes."""


def load_onnx(network: nn.Module, content: bytes, pictures: Tensor, name: str) -> nn.Module:
    """``network`` with the weights of the model file ``content``, ready to learn on.

    Exporting folds a batch norm into the convolution before it. It is made whole again: it gets the mean and
    variance that its input has over ``pictures`` (N, C, H, W), and such a scale and shift that the answers
    stay what they were. Raises `ModelError` where the file is not of this network.
    """
    try:
        stored = _stored(content)
        folded = _fill(network.eval(), stored)
    except (KeyError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"The weights of '{name}' are not those of its network: {reason}") from error
    _settle(network, folded, pictures)
    _check(network, content, pictures, name)
    return network


def _stored(content: bytes) -> dict[str, npt.NDArray[np.generic]]:
    """The constants of the file by name, which for weights is the name that they have in the network."""
    model = onnx.load_model_from_string(restored(content))
    return {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}


def _fill(network: nn.Module, stored: dict[str, npt.NDArray[np.generic]]) -> list[_BatchNorm]:
    """Put the ``stored`` weights into ``network``; returns the batch norms that were folded away."""
    folded: list[_BatchNorm] = []
    state = network.state_dict()
    before = ""  # the layer before, with a weight of its own
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm) and f"{name}.running_mean" not in stored:
            _neutral(module)
            state |= {f"{name}.{key}": value for key, value in module.state_dict().items()}
            state[f"{name}.bias"] = _tensor(stored[f"{before}.weight_bias"])
            folded.append(module)
        elif list(module.parameters(recurse=False)):
            before = name
            for key in module.state_dict():
                if not key.endswith("num_batches_tracked") and "." not in key:
                    state[f"{name}.{key}"] = _tensor(stored[f"{name}.{key}"])
    network.load_state_dict(state)
    return folded


def _tensor(values: npt.NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(values, np.float32))


def _neutral(norm: _BatchNorm) -> None:
    """Make ``norm`` add its shift and nothing else."""
    norm.reset_parameters()
    assert norm.running_var is not None
    norm.running_var.fill_(1 - norm.eps)


def _settle(network: nn.Module, norms: list[_BatchNorm], pictures: Tensor) -> None:
    """Give ``norms`` the statistics of their inputs over ``pictures``, without changing any answer."""
    seen: dict[nn.Module, Tensor] = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen[module] = inputs[0].detach()

    hooks = [norm.register_forward_pre_hook(note) for norm in norms]
    with torch.no_grad():
        network(pictures)
        for norm in norms:
            _rescale(norm, seen[norm].double())
    for hook in hooks:
        hook.remove()


def _rescale(norm: _BatchNorm, inputs: Tensor) -> None:
    """``inputs``: (N, C) or (N, C, H, W)."""
    others = [axis for axis in range(inputs.ndim) if axis != 1]
    mean, variance = inputs.mean(dim=others), inputs.var(dim=others, unbiased=False)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())
    norm.bias.copy_(norm.bias.double() + mean)


def _check(network: nn.Module, content: bytes, pictures: Tensor, name: str) -> None:
    few = pictures[:16]
    wanted: Floats = OnnxRuntime(content).run(few.numpy())[0]
    with torch.no_grad():
        difference = float(np.abs(network(few).numpy() - wanted).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            f"The network does not answer as '{name}' does: logits differ by {difference:g}. Start from the "
            "folder of its training instead."
        )
