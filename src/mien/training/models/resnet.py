"""ResNet (He et al., "Deep residual learning for image recognition", 2016), 18, 34 or 50 layers deep.

Basic blocks in the two shallow ones, bottleneck blocks in the deep one; projection shortcuts where the shape
changes, global average pooling. The stem fits 48 x 48 pictures: one 3 x 3 convolution of stride 1 and no
pooling, so that the four stages see 48, 24, 12 and 6 pixels a side. For seven expressions and gray pictures
11,171,271, 21,279,431 and 23,513,543 parameters.
"""

from torch import Tensor, nn

from mien.errors import BadOption
from mien.training.models._attention import attention_block

STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
EXPANSION = {18: 1, 34: 1, 50: 4}


def build(
    classes: int,
    channels: int = 1,
    side: int = 48,
    *,
    depth: int = 18,
    width: int = 64,
    attention: str = "",
    dropout: float = 0.0,
) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, classes) logits.

    ``width`` is that of the first stage, each later one doubling it. ``attention`` "se" or "cbam" follows
    every block. Raises `BadOption` for a depth that is not 18, 34 or 50, and a width of less than 1.
    """
    if depth not in STAGES:
        raise BadOption(f"depth={depth} is no ResNet. Valid: {', '.join(map(str, STAGES))}.")
    if width < 1:
        raise BadOption(f"width={width} leaves no channel. Give 64, say.")
    inputs, layers = width, [*_convolution(channels, width, 3), nn.ReLU(inplace=True)]
    for stage, blocks in enumerate(STAGES[depth]):
        narrow = width * 2**stage
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(Block(inputs, narrow, stride, EXPANSION[depth], attention))
            inputs = narrow * EXPANSION[depth]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(inputs, classes)
    )


class Block(nn.Module):
    """Two 3 x 3 convolutions, or with ``expansion`` 4 a bottleneck of 1 x 1, 3 x 3 and 1 x 1."""

    def __init__(self, inputs: int, narrow: int, stride: int, expansion: int, attention: str = "") -> None:
        super().__init__()
        outputs = narrow * expansion
        layers = _bottleneck(inputs, narrow, stride) if expansion > 1 else _basic(inputs, narrow, stride)
        self.body = nn.Sequential(*layers, *attention_block(attention, outputs))
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(*_convolution(inputs, outputs, 1, stride))
        self.activate = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, narrow * expansion, H / stride, W / stride)."""
        total: Tensor = self.activate(self.body(x) + self.shortcut(x))
        return total


def _basic(inputs: int, narrow: int, stride: int) -> list[nn.Module]:
    return [
        *_convolution(inputs, narrow, 3, stride),
        nn.ReLU(inplace=True),
        *_convolution(narrow, narrow, 3),
    ]


def _bottleneck(inputs: int, narrow: int, stride: int) -> list[nn.Module]:
    return [
        *_convolution(inputs, narrow, 1),
        nn.ReLU(inplace=True),
        *_convolution(narrow, narrow, 3, stride),
        nn.ReLU(inplace=True),
        *_convolution(narrow, narrow * 4, 1),
    ]


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
