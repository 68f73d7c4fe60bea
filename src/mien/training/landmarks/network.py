"""A small residual network that points at each of the 68 points, by the mean of a map of where it may be.

The maps' means (Sun et al., "Integral human pose regression", ECCV 2018) learn from the points alone and are
finer than the maps' cells; a fully connected layer in their place was a tenth less accurate after as many
epochs, with more parameters. Plain 3x3 convolutions (He et al., "Deep residual learning for image
recognition", CVPR 2016) are faster on a CPU than depthwise ones of the same accuracy; the way back up, with a
sum at each size, is that of feature pyramids (Lin et al., CVPR 2017).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.errors import BadOption
from mien.landmarks68 import COUNT

WIDTHS = (16, 32, 64, 64)
"""Channels after each halving of the picture."""
BLOCKS = (0, 2, 1, 1)
"""Residual blocks behind each halving."""
MIDDLE, FINE = 64, 48
"""Channels on the way up, at an eighth and at a quarter of the picture's side."""
REACH = 1.2
"""The maps' side in sides of the crop: points may lie a little outside of it."""


def build(side: int, channels: int = 1) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, 136), x and y of each point.

    Coordinates are shares of the crop's side, 0 at its left or top edge and 1 at the other. Raises
    `BadOption` where ``side`` is no multiple of 16.
    """
    if side % 16:
        raise BadOption(f"A side of {side} pixels cannot be halved four times. Give a multiple of 16.")
    return PointNet(side, channels)


class PointNet(nn.Module):
    """Down to a sixteenth of the side, up again to a quarter, and there one map per point."""

    def __init__(self, side: int, channels: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(inputs, outputs, 3, stride=2), *(Block(outputs) for _ in range(count)))
            for (inputs, outputs), count in zip(pairwise((channels, *WIDTHS)), BLOCKS, strict=True)
        )
        self.coarse = _convolution(WIDTHS[3], MIDDLE, 1)
        self.beside_middle = _convolution(WIDTHS[2], MIDDLE, 1)
        self.middle = nn.Sequential(_convolution(MIDDLE, MIDDLE, 3), _convolution(MIDDLE, FINE, 1))
        self.beside_fine = _convolution(WIDTHS[1], FINE, 1)
        self.fine = nn.Sequential(_convolution(FINE, FINE, 3), nn.Conv2d(FINE, COUNT, 1))
        self.places: Tensor
        self.register_buffer("places", _places(side // 4))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, side, side) to (N, 136)."""
        _, quarter, eighth, sixteenth = self._levels(x)
        middle = self.middle(_twice(self.coarse(sixteenth)) + self.beside_middle(eighth))
        maps = self.fine(_twice(middle) + self.beside_fine(quarter))  # (N, 68, side / 4, side / 4)
        shares = maps.flatten(2).float().softmax(dim=2)
        points: Tensor = shares @ self.places  # (N, 68, cells) @ (cells, 2)
        return points.flatten(1)

    def _levels(self, x: Tensor) -> list[Tensor]:
        levels = []
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        return levels


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _convolution(channels, channels, 3),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to the same shape."""
        total: Tensor = self.act(x + self.body(x))
        return total


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0)


def _places(cells: int) -> Tensor:
    """x and y of the middle of each of ``cells`` x ``cells`` cells, (cells * cells, 2), row by row."""
    middles = ((torch.arange(cells) + 0.5) / cells - 0.5) * REACH + 0.5
    return torch.stack((middles.repeat(cells), middles.repeat_interleave(cells)), dim=1)
