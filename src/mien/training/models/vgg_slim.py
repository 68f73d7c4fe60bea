"""A slim VGG (after Simonyan and Zisserman, "Very deep convolutional networks", 2015).

Four stages of two 3 x 3 convolutions (convolution, ReLU, batch norm), max-pooling and dropout after each,
then three dense layers: 784,583 parameters for seven expressions and gray 48 x 48 pictures. The paper that
trained such a network with SGD at 0.01 states 784,263.
"""

from torch import nn

WIDTHS = (32, 64, 96, 128)
DENSE = (256, 100)
DROPOUT = 0.25
DENSE_DROPOUT = 0.5


def build(
    classes: int,
    channels: int = 1,
    side: int = 48,
    *,
    dropout: float = DROPOUT,
    dense_dropout: float = DENSE_DROPOUT,
) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, classes) logits.

    ``dropout`` follows each stage, ``dense_dropout`` the two hidden dense layers.
    """
    stages = [
        _stage(inputs, outputs, dropout)
        for inputs, outputs in zip((channels, *WIDTHS[:-1]), WIDTHS, strict=True)
    ]
    flat = WIDTHS[-1] * (side // 2 ** len(WIDTHS)) ** 2
    return nn.Sequential(
        *stages,
        nn.Flatten(),
        nn.Linear(flat, DENSE[0]),
        nn.ReLU(inplace=True),
        nn.Dropout(dense_dropout),
        nn.Linear(DENSE[0], DENSE[1]),
        nn.ReLU(inplace=True),
        nn.Dropout(dense_dropout),
        nn.Linear(DENSE[1], classes),
    )


def _stage(inputs: int, outputs: int, dropout: float) -> nn.Module:
    layers: list[nn.Module] = []
    for width in (inputs, outputs):
        layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Dropout(dropout))
