"""yolo_expression: faces and their expressions in one look, a network in the manner of YOLOv5.

A backbone of CSPDarknet53's shape (Bochkovskiy et al., "YOLOv4", 2020; cross-stage partial blocks after Wang
et al., "CSPNet", 2020) behind a Focus stem, spatial pyramid pooling (He et al., 2015), optional spatial
attention (Woo et al., "CBAM", 2018) on what the backbone hands on, a path aggregation neck (Liu et al.,
"PANet", 2018), and one 1 x 1 convolution per stride for box, objectness and expression of three anchors each.
For seven expressions 1,783,756 parameters at a width of 0.25 (n) and 7,079,724 at 0.5 (s), both at a depth of
0.33.
"""

import math

import torch
from torch import Tensor, nn

from mien.errors import BadOption
from mien.training.models._attention import SpatialAttention
from mien.training.models._cross_stage import ACTIVATIONS, Aggregation, CrossStage, Focus, Maker, PyramidPool

STRIDES = (8, 16, 32)
PER_STRIDE = 3
"""Anchors."""
BOX_VALUES = 5
"""Per anchor, before its class logits: x, y, width, height, objectness."""
ANCHORS = (
    ((10.0, 13.0), (16.0, 30.0), (33.0, 23.0)),
    ((30.0, 61.0), (62.0, 45.0), (59.0, 119.0)),
    ((116.0, 90.0), (156.0, 198.0), (373.0, 326.0)),
)
"""Until others are set: those of YOLOv3, found on COCO at 416 pixels."""
STEM = 64
WIDTHS = (128, 256, 512, 1024)
"""Channels of the stages before the width multiple."""
REPEATS = (3, 9, 9, 3)
"""Residual blocks of the stages before the depth multiple; the neck's stages have the last number."""
SCALE = 1 / 255
FACES = 8
"""So many faces the first objectness expects in a picture of 640 x 640."""
STEMS = ("focus", "conv")
ATTENTIONS = ("none", "sam")


def build(
    classes: int = 7,
    channels: int = 3,
    side: int = 0,
    *,
    width: float = 0.25,
    depth: float = 0.33,
    stem: str = "focus",
    activation: str = "leaky_relu",
    attention: str = "none",
) -> "YoloExpression":
    """The network for (N, channels, H, W) float32 BGR pixels from 0 to 255, H and W multiples of 32.

    It returns one (N, 3 * (5 + classes), H / stride, W / stride) tensor for each of the strides 8, 16 and 32.
    For each of three anchors in turn: four numbers t of the box, the logit of the objectness, the logits of
    the classes. The box's center is ``(2 * sigmoid(t) - 0.5 + cell) * stride``, its width and height are
    ``(2 * sigmoid(t)) ** 2`` times the anchor's. It takes pictures of any ``side``.

    ``width`` and ``depth`` multiply channels and blocks; ``stem`` is "focus" or "conv" (one 6 x 6 convolution
    that could be the same); ``activation`` "leaky_relu", "silu" or "mish"; ``attention`` "none" or "sam".
    Raises `BadOption` for others.
    """
    _one_of("stem", stem, STEMS)
    _one_of("activation", activation, tuple(ACTIVATIONS))
    _one_of("attention", attention, ATTENTIONS)
    if width <= 0 or depth <= 0:
        raise BadOption(f"width={width}, depth={depth}: give numbers over 0, as 0.25 and 0.33.")
    make = Maker(width, depth, activation)
    return YoloExpression(make, classes, channels, focus=stem == "focus", attend=attention == "sam")


class YoloExpression(nn.Module):
    """See `build`. ``anchors`` (3, 3, 2) are width and height in pixels, by stride: part of the weights."""

    anchors: Tensor
    stem: nn.Sequential

    def __init__(self, make: Maker, classes: int, channels: int, *, focus: bool, attend: bool) -> None:
        super().__init__()
        first, *widths = (make.channels(count) for count in (STEM, *WIDTHS))
        self.scale = SCALE
        self.stem = _focus(make, channels, first) if focus else make.block(channels, first, 6, 2)
        repeats = [make.repeats(count) for count in REPEATS]
        inputs = (first, *widths[:-1])
        self.stages = nn.ModuleList(
            _stage(make, *sizes) for sizes in zip(inputs[:-1], widths[:-1], repeats[:-1], strict=True)
        )
        self.stages.append(_last_stage(make, inputs[-1], widths[-1], repeats[-1]))
        self.attention = nn.ModuleList(SpatialAttention() if attend else nn.Identity() for _ in STRIDES)
        self.neck = Aggregation(make, widths[1:], repeats[-1])
        heads = (_head(width, classes, stride) for width, stride in zip(widths[1:], STRIDES, strict=True))
        self.heads = nn.ModuleList(heads)
        self.register_buffer("anchors", torch.tensor(ANCHORS))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """See `build`."""
        # No offset: so the factor folds into the first weights, and the padding stays black.
        x = self.stages[0](self.stem(pictures * self.scale))
        features = []
        for stage, attend in zip(self.stages[1:], self.attention, strict=True):
            x = stage(x)
            features.append(attend(x))
        return [head(feature) for head, feature in zip(self.heads, self.neck(features), strict=True)]


def _focus(make: Maker, channels: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(Focus(), *make.block(4 * channels, outputs, 3))


def _stage(make: Maker, inputs: int, outputs: int, repeats: int) -> nn.Sequential:
    stage = CrossStage(make, outputs, outputs, repeats, shortcut=True)
    return nn.Sequential(make.block(inputs, outputs, 3, 2), stage)


def _last_stage(make: Maker, inputs: int, outputs: int, repeats: int) -> nn.Sequential:
    stage = CrossStage(make, outputs, outputs, repeats, shortcut=False)
    return nn.Sequential(make.block(inputs, outputs, 3, 2), PyramidPool(make, outputs), stage)


def _head(inputs: int, classes: int, stride: int) -> nn.Conv2d:
    """The last convolution; its objectness begins low, as faces are rare: so the first steps stay small."""
    head = nn.Conv2d(inputs, PER_STRIDE * (BOX_VALUES + classes), 1)
    nn.init.normal_(head.weight, std=0.01)
    bias = torch.zeros(PER_STRIDE, BOX_VALUES + classes)
    bias[:, BOX_VALUES - 1] = math.log(FACES / (640 / stride) ** 2)
    head.bias = nn.Parameter(bias.flatten())
    return head


def _one_of(name: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise BadOption(f"{name}={value} is not known. Valid: {', '.join(valid)}.")
