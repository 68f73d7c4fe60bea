"""What one-stage networks of the YOLO family are made of."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "leaky_relu": lambda: nn.LeakyReLU(0.1, inplace=True),
    "silu": lambda: nn.SiLU(inplace=True),
    "mish": lambda: nn.Mish(inplace=True),
}


class Maker:
    """Makes the parts by the network's multiples of ``width`` and ``depth`` and its ``activation``."""

    def __init__(self, width: float, depth: float, activation: str) -> None:
        self._width, self._depth, self._activate = width, depth, ACTIVATIONS[activation]

    def channels(self, count: int) -> int:
        """``count`` times the width, in whole eights."""
        return math.ceil(count * self._width / 8) * 8

    def repeats(self, count: int) -> int:
        """``count`` times the depth, at least one."""
        return max(round(count * self._depth), 1)

    def block(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
        """CBL: convolution, batch norm, activation."""
        padding = (kernel - 1) // 2
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
            self._activate(),
        )


class Focus(nn.Module):
    """Each pixel of a square of four as channels of their own: half the side, four times the channels."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 4 * C, H / 2, W / 2): upper left, lower left, upper right, lower right."""
        rows = (x[..., ::2, :], x[..., 1::2, :])
        return torch.cat([row[..., start::2] for start in (0, 1) for row in rows], dim=1)


class Residual(nn.Module):
    """A 1 x 1 and a 3 x 3 block, with a shortcut around them where ``shortcut`` asks for one."""

    def __init__(self, make: Maker, width: int, shortcut: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(make.block(width, width, 1), make.block(width, width, 3))
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same shape."""
        y: Tensor = self.body(x)
        return x + y if self.shortcut else y


class CrossStage(nn.Module):
    """Half of the channels pass through ``repeats`` residual blocks, the other half goes around them."""

    def __init__(self, make: Maker, inputs: int, outputs: int, repeats: int, *, shortcut: bool) -> None:
        super().__init__()
        half = outputs // 2
        blocks = (Residual(make, half, shortcut) for _ in range(repeats))
        self.through = nn.Sequential(make.block(inputs, half, 1), *blocks)
        self.around = make.block(inputs, half, 1)
        self.merge = make.block(2 * half, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        merged: Tensor = self.merge(torch.cat((self.through(x), self.around(x)), dim=1))
        return merged


class PyramidPool(nn.Module):
    """The maxima around each place within 5, 9 and 13 pixels, beside the place itself.

    One pooling of 5 after the other: twice gives that of 9, three times that of 13.
    """

    def __init__(self, make: Maker, width: int) -> None:
        super().__init__()
        self.narrow = make.block(width, width // 2, 1)
        self.pool = nn.MaxPool2d(5, stride=1, padding=2)
        self.merge = make.block(width // 2 * 4, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same shape."""
        seen = [self.narrow(x)]
        for _ in range(3):
            seen.append(self.pool(seen[-1]))
        merged: Tensor = self.merge(torch.cat(seen, dim=1))
        return merged


class Aggregation(nn.Module):
    """What the deep maps mean goes up to the fine ones; where things are goes down again (PANet).

    ``widths`` are the channels of the maps of three strides, the finest first.
    """

    def __init__(self, make: Maker, widths: list[int], repeats: int) -> None:
        super().__init__()
        fine, middle, coarse = widths

        def stage(inputs: int, outputs: int) -> CrossStage:
            return CrossStage(make, inputs, outputs, repeats, shortcut=False)

        self.narrow = nn.ModuleList((make.block(coarse, middle, 1), make.block(middle, fine, 1)))
        self.up = nn.ModuleList((stage(2 * middle, middle), stage(2 * fine, fine)))
        self.shrink = nn.ModuleList((make.block(fine, fine, 3, 2), make.block(middle, middle, 3, 2)))
        self.down = nn.ModuleList((stage(2 * fine, middle), stage(2 * middle, coarse)))
        self.enlarge = nn.Upsample(scale_factor=2)

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Three maps, each half as large as the one before, to maps of the same shapes."""
        fine, middle, coarse = features
        deep = self.narrow[0](coarse)
        between = self.narrow[1](self.up[0](torch.cat((self.enlarge(deep), middle), dim=1)))
        fine = self.up[1](torch.cat((self.enlarge(between), fine), dim=1))
        middle = self.down[0](torch.cat((self.shrink[0](fine), between), dim=1))
        coarse = self.down[1](torch.cat((self.shrink[1](middle), deep), dim=1))
        return [fine, middle, coarse]
