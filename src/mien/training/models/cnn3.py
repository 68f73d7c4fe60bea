"""A light network of three convolutions, for small sets of 48 x 48 pictures.

Convolutions of 16 (5 x 5), 32 (5 x 5) and 64 (3 x 3) channels without padding, each with ReLU and 2 x 2
max-pooling, then a dense layer of 128: 106,503 parameters for seven expressions and gray 48 x 48 pictures.
It is the light network that was trained on 1,400 pictures, 200 of each expression, with the Adam optimiser.
"""

from torch import nn

KERNELS = (5, 5, 3)
WIDTHS = (16, 32, 64)
DENSE = 128


def build(classes: int, channels: int = 1, side: int = 48) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, classes) logits."""
    layers: list[nn.Module] = []
    for inputs, outputs, kernel in zip((channels, *WIDTHS[:-1]), WIDTHS, KERNELS, strict=True):
        layers += [nn.Conv2d(inputs, outputs, kernel), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        side = (side - kernel + 1) // 2
    return nn.Sequential(
        *layers,
        nn.Flatten(),
        nn.Linear(WIDTHS[-1] * side**2, DENSE),
        nn.ReLU(inplace=True),
        nn.Linear(DENSE, classes),
    )
