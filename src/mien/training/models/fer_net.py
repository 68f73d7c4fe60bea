"""FER-Net: four convolutions with max-pooling and two dense layers (after Mohan et al., "FER-net: facial
expression recognition using deep neural net", 2021).

Batch norm follows all six layers, dropout of 0.25 the convolutions and of 0.5 the dense layers. Their widths
are ours. The paper enlarges pictures to 256 x 256; its recipe does so too, others stay at 48 x 48, where the
network has 1,584,711 parameters for seven expressions and gray pictures.
"""

from torch import nn

WIDTHS = (64, 128, 256, 256)
DENSE = (256, 128)
CONVOLUTION_DROPOUT, DENSE_DROPOUT = 0.25, 0.5


def build(classes: int, channels: int = 1, side: int = 48) -> nn.Module:
    """The network for (N, channels, side, side) input; it returns (N, classes) logits."""
    convolutions = [
        _convolution(inputs, outputs)
        for inputs, outputs in zip((channels, *WIDTHS[:-1]), WIDTHS, strict=True)
    ]
    flat = WIDTHS[-1] * (side // 2 ** len(WIDTHS)) ** 2
    dense = [_dense(inputs, outputs) for inputs, outputs in zip((flat, DENSE[0]), DENSE, strict=True)]
    return nn.Sequential(*convolutions, nn.Flatten(), *dense, nn.Linear(DENSE[-1], classes))


def _convolution(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Dropout(CONVOLUTION_DROPOUT),
    )


def _dense(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(inputs, outputs, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(inplace=True),
        nn.Dropout(DENSE_DROPOUT),
    )
