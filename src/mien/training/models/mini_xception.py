"""mini_Xception (Arriaga et al., "Real-time convolutional neural networks for emotion and gender
classification", 2017).

Residual depthwise-separable blocks without a fully connected layer, after Xception (Chollet, 2017): 56,951
parameters for seven expressions and gray 48 x 48 pictures, 58,423 with the statistics of its batch norms.
"""

from torch import Tensor, nn
from torch.nn import functional

from mien.errors import BadOption
from mien.training.models._attention import attention_block


def build(
    classes: int, channels: int = 1, side: int = 48, attention: str = "", enlarge: int = 0
) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, classes) logits.

    Sizes in comments are those of 48 x 48. ``attention`` "se" or "cbam" follows every block. ``enlarge``, if
    not 0, is the side that the network itself brings its pictures to first: the paper's 64 leaves a map of
    4 x 4 at the end, where 48 leaves 3 x 3. Raises `BadOption` where it is less than 0.
    """
    if enlarge < 0:
        raise BadOption(f"enlarge={enlarge} is no side of a picture. Give 64, say, or 0 not to enlarge.")
    widths = (16, 32, 64, 128)
    inputs = (8, *widths[:-1])
    return nn.Sequential(
        *([nn.Upsample((enlarge, enlarge), mode="bilinear")] if enlarge else []),
        *_stem(channels, 8),
        *_stem(8, 8),  # (N, 8, 44, 44)
        *(
            Block(narrow, wide, attention) for narrow, wide in zip(inputs, widths, strict=True)
        ),  # (N, 128, 3, 3)
        nn.Conv2d(widths[-1], classes, 3, padding=1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


class Block(nn.Module):
    """Two separable convolutions and a pool, beside a 1x1 shortcut; halves the picture (rounding up)."""

    def __init__(self, inputs: int, outputs: int, attention: str = "") -> None:
        super().__init__()
        self.shortcut = nn.Sequential(Halving(inputs, outputs), nn.BatchNorm2d(outputs))
        self.body = nn.Sequential(
            *_separable(inputs, outputs),
            nn.ReLU(inplace=True),
            *_separable(outputs, outputs),
            nn.MaxPool2d(3, stride=2, padding=1),
            *attention_block(attention, outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, ceil(H / 2), ceil(W / 2))."""
        total: Tensor = self.body(x) + self.shortcut(x)
        return total


class Halving(nn.Conv2d):
    """A 1x1 convolution of stride 2.

    While it learns it picks every second pixel first, which is the same: for up to 8 channels, kept last, in
    float32 and pictures of 56 pixels and more, the weights' gradient of torch 2.13 on x86 otherwise writes
    beyond its memory.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 1, stride=2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, ceil(H / 2), ceil(W / 2))."""
        if not self.training:
            return super().forward(x)
        return functional.conv2d(x[:, :, ::2, ::2], self.weight)


def _stem(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


def _separable(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
    return depthwise, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
