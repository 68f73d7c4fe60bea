"""AlexNet (Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012).

Five convolutions and three dense layers; the second, fourth and fifth convolutions see one half of the
channels each in two groups, like the original's. The stem fits 48 x 48 pictures (5 x 5 at stride 1, where
the original has 11 x 11 at stride 4), and the dense layers are narrow: 4,096 wide they would hold 19 of 20
weights. 1,525,703 parameters for seven expressions and gray pictures.
"""

from torch import nn

GROUPS = 2
DENSE = 192
DROPOUT = 0.5


def build(classes: int, channels: int = 1, side: int = 48, dropout: float = DROPOUT) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, classes) logits."""
    flat = 128 * (side // 8) ** 2
    return nn.Sequential(
        *_convolution(channels, 64, 5),
        nn.MaxPool2d(2),
        *_convolution(64, 128, 5, GROUPS),
        nn.MaxPool2d(2),
        *_convolution(128, 192, 3),
        *_convolution(192, 192, 3, GROUPS),
        *_convolution(192, 128, 3, GROUPS),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(dropout),
        nn.Linear(flat, DENSE),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
        nn.Linear(DENSE, DENSE),
        nn.ReLU(inplace=True),
        nn.Linear(DENSE, classes),
    )


def _convolution(inputs: int, outputs: int, kernel: int, groups: int = 1) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups), nn.ReLU(inplace=True)
