"""mien_face: a small anchor-free face detector with five points, at strides 8, 16 and 32.

Depthwise-separable residual blocks (Howard et al., "MobileNets", 2017), a feature pyramid (Lin et al., 2017)
and one output per cell for score, box and points together, after YuNet (Wu et al., 2023). The first stage
is thin and kept short, because three quarters of the time would go there; the deep stages see wide with
5 x 5 kernels, which cost little where the map is small.
"""

from typing import cast

import torch
from torch import Tensor, nn

STRIDES = (8, 16, 32)
OUTPUTS = 15
"""Per cell: a score logit, four numbers of the box, five points x and y."""
STEM = (16, 32)
WIDTHS = (64, 96, 128)
KERNELS = (3, 5, 5)
DEPTHS = (3, 3, 2)
"""Residual blocks of a stage, after the one that halves the map."""
PYRAMID = 64
HEAD_BLOCKS = 2
SCALE = 1 / 64
ALL = slice(None)
RARE = -4.6
"""The first bias of the score: a hundredth of the cells see a face."""


def build(classes: int = 1, channels: int = 3, side: int = 0) -> "FaceDetector":
    """The network for (N, channels, H, W) float32 pixels from 0 to 255, H and W multiples of 32.

    It returns one (N, 15, H / stride, W / stride) tensor per stride: a score logit; the box's center in
    cells from the cell's own corner and the logarithm of its width and height in strides; the points, like
    the center. ``classes`` is 1: face; it takes
    pictures of any ``side``.
    """
    return FaceDetector(channels, OUTPUTS * classes)


class FaceDetector(nn.Module):
    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, STEM[0], 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(STEM[0]),
            nn.ReLU(inplace=True),
            Separable(STEM[0], STEM[1], stride=2),
            Separable(STEM[1], STEM[1]),
        )
        inputs = (STEM[1], *WIDTHS[:-1])
        self.stages = nn.ModuleList(map(_stage, inputs, WIDTHS, KERNELS, DEPTHS))
        self.lateral = nn.ModuleList(_pointwise(width, PYRAMID) for width in WIDTHS)
        self.heads = nn.ModuleList(_head(outputs) for _ in WIDTHS)
        self.enlarge = nn.Upsample(scale_factor=2)
        self.scale = SCALE

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """See `build`."""
        # No offset: so the factor folds into the first weights, and the padding stays black.
        x = self.stem(pictures * self.scale)
        features = []
        for stage, lateral in zip(self.stages, self.lateral, strict=True):
            x = stage(x)
            features.append(lateral(x))
        for finer in (1, 0):
            features[finer] = features[finer] + self.enlarge(features[finer + 1])
        return [head(feature) for head, feature in zip(self.heads, features, strict=True)]

    def raise_scores(self, shift: float, maps: slice = ALL) -> None:
        """Add ``shift`` to the score logits of ``maps``, the finest being the first."""
        for head in self.heads[maps]:
            last = cast(nn.Sequential, head)[-1]
            cast(Tensor, last.bias).data[0] += shift


class Depthwise(nn.Conv2d):
    """A depthwise convolution that a processor learns in float32.

    In bfloat16, oneDNN has no fast gradient for a stride of 2 and for 5 x 5: it takes eight times as long.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Like `torch.nn.Conv2d`."""
        if x.device.type != "cpu" or (self.stride == (1, 1) and self.kernel_size == (3, 3)):
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):
            return super().forward(x.float())


class Separable(nn.Module):
    """A depthwise and a 1 x 1 convolution, with a shortcut where the shape stays the same."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Depthwise(inputs, inputs, kernel, stride, kernel // 2, groups=inputs, bias=False),
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = inputs == outputs and stride == 1
        self.activate = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y = self.body(x)
        total: Tensor = self.activate(y + x if self.shortcut else y)
        return total


def _stage(inputs: int, width: int, kernel: int, depth: int) -> nn.Module:
    return nn.Sequential(
        Separable(inputs, width, kernel, stride=2),
        *(Separable(width, width, kernel) for _ in range(depth)),
    )


def _pointwise(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _head(outputs: int) -> nn.Module:
    last = nn.Conv2d(PYRAMID, outputs, 1)
    nn.init.normal_(last.weight, std=0.01)
    nn.init.zeros_(last.bias)  # type: ignore[arg-type]
    last.bias.data[0] = RARE  # type: ignore[union-attr]
    return nn.Sequential(*(Separable(PYRAMID, PYRAMID) for _ in range(HEAD_BLOCKS)), last)
