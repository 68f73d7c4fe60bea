"""Batch norms made part of the convolutions before them: the same answers, fewer steps."""

import copy
from typing import TypeVar

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def folded(network: Network) -> Network:
    """A copy of ``network``, ready to answer, in which no batch norm is left behind a convolution.

    They are found where both stand next to each other in an `nn.Sequential`.
    """
    network = copy.deepcopy(network).eval()
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            _fold(module)
    return network


def _fold(sequence: nn.Sequential) -> None:
    for place in range(len(sequence) - 1):
        convolution, norm = sequence[place], sequence[place + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            sequence[place] = fuse_conv_bn_eval(convolution, norm)
            sequence[place + 1] = nn.Identity()
