"""yolo_expression: faces and their expressions in one look, a network in the manner of YOLOv5.

Backbone of CSPDarknet53's shape (Bochkovskiy et al., "YOLOv4", 2020; cross-stage partial blocks after Wang et
al., "CSPNet", 2020) behind a Focus stem, spatial pyramid pooling (He et al., 2015), optional spatial attention
(Woo et al., "CBAM", 2018) on what the backbone hands on, a path aggregation neck (Liu et al., "PANet", 2018),
and one 1 x 1 convolution per stride for box, objectness and expression of three anchors each. For seven
expressions 1,783,756 parameters at a width of 0.25 (n) and 7,079,724 at 0.5 (s), both at a depth of 0.33.
"""

import math

import torch
from torch import Tensor, nn

from mien.errors import BadOption
from mien.training.models._attention import SpatialAttention

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
"""Residual blocks of the stages before the depth multiple."""
NECK_REPEATS = 3
SCALE = 1 / 255
FACES = 8
"""The first objectness expects so many faces in a picture of 640 x 640."""
ACTIVATIONS = {"leaky_relu": lambda: nn.LeakyReLU(0.1, inplace=True), "silu": nn.SiLU, "mish": nn.Mish}
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
    return YoloExpression(classes, channels, width, depth, stem, activation, attention)


class YoloExpression(nn.Module):
    """See `build`. ``anchors`` (3, 3, 2) are width and height in pixels by stride; they travel with the weights."""

    anchors: Tensor

    def __init__(
        self,
        classes: int,
        channels: int,
        width: float,
        depth: float,
        stem: str,
        activation: str,
        attention: str,
    ) -> None:
        super().__init__()
        make = _Maker(width, depth, activation)
        first = make.channels(STEM)
        self.scale = SCALE
        self.stem = make.focus(channels, first) if stem == "focus" else make.block(channels, first, 6, 2)
        stages, inputs = [], first
        for number, (outputs, repeats) in enumerate(zip(WIDTHS, REPEATS, strict=True)):
            outputs, last = make.channels(outputs), number == len(WIDTHS) - 1
            pool = [make.pool(outputs)] if last else []
            stage = make.stage(outputs, outputs, make.repeats(repeats), shortcut=not last)
            stages.append(nn.Sequential(make.block(inputs, outputs, 3, 2), *pool, stage))
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        attend = SpatialAttention if attention == "sam" else nn.Identity
        self.attention = nn.ModuleList(attend() for _ in STRIDES)
        self.neck = Neck(make)
        sides = [make.channels(outputs) for outputs in WIDTHS[1:]]
        self.heads = nn.ModuleList(
            _head(inputs, classes, stride) for inputs, stride in zip(sides, STRIDES, strict=True)
        )
        self.register_buffer("anchors", torch.tensor(ANCHORS))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """See `build`."""
        x = self.stages[0](self.stem(pictures * self.scale))
        features = []
        for stage, attend in zip(self.stages[1:], self.attention, strict=True):
            x = stage(x)
            features.append(attend(x))
        return [head(feature) for head, feature in zip(self.heads, self.neck(features), strict=True)]


class Neck(nn.Module):
    """Path aggregation: what the deep maps mean goes up to the fine ones, where things are goes down again."""

    def __init__(self, make: "_Maker") -> None:
        super().__init__()
        fine, middle, coarse = (make.channels(outputs) for outputs in WIDTHS[1:])
        repeats = make.repeats(NECK_REPEATS)
        self.narrow = nn.ModuleList((make.block(coarse, middle, 1), make.block(middle, fine, 1)))
        self.up = nn.ModuleList(
            (
                make.stage(2 * middle, middle, repeats, shortcut=False),
                make.stage(2 * fine, fine, repeats, shortcut=False),
            )
        )
        self.shrink = nn.ModuleList((make.block(fine, fine, 3, 2), make.block(middle, middle, 3, 2)))
        self.down = nn.ModuleList(
            (
                make.stage(2 * fine, middle, repeats, shortcut=False),
                make.stage(2 * middle, coarse, repeats, shortcut=False),
            )
        )
        self.enlarge = nn.Upsample(scale_factor=2)

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Maps of the strides 8, 16 and 32 to maps of the same shapes."""
        fine, middle, coarse = features
        coarse = self.narrow[0](coarse)
        middle = self.narrow[1](self.up[0](torch.cat((self.enlarge(coarse), middle), dim=1)))
        fine = self.up[1](torch.cat((self.enlarge(middle), fine), dim=1))
        middle = self.down[0](torch.cat((self.shrink[0](fine), middle), dim=1))
        coarse = self.down[1](torch.cat((self.shrink[1](middle), coarse), dim=1))
        return [fine, middle, coarse]


class Focus(nn.Module):
    """Every second pixel of every second row as a channel of its own: half the side, four times the channels."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, 4 * C, H / 2, W / 2)."""
        rows = (x[..., ::2, :], x[..., 1::2, :])
        return torch.cat([row[..., start::2] for start in (0, 1) for row in rows], dim=1)


class Residual(nn.Module):
    """A 1 x 1 and a 3 x 3 block, with a shortcut around them where ``shortcut`` asks for one."""

    def __init__(self, make: "_Maker", width: int, shortcut: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(make.block(width, width, 1), make.block(width, width, 3))
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same shape."""
        y: Tensor = self.body(x)
        return x + y if self.shortcut else y


class CrossStage(nn.Module):
    """Half of the channels pass through ``repeats`` residual blocks, the other half goes around them."""

    def __init__(self, make: "_Maker", inputs: int, outputs: int, repeats: int, shortcut: bool) -> None:
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

    def __init__(self, make: "_Maker", width: int) -> None:
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


class _Maker:
    """Makes the parts by the network's multiples and activation."""

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

    def focus(self, channels: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(Focus(), self.block(4 * channels, outputs, 3))

    def pool(self, width: int) -> PyramidPool:
        return PyramidPool(self, width)

    def stage(self, inputs: int, outputs: int, repeats: int, *, shortcut: bool) -> CrossStage:
        return CrossStage(self, inputs, outputs, repeats, shortcut)


def _head(inputs: int, classes: int, stride: int) -> nn.Conv2d:
    """The last convolution; its objectness begins as rare as faces are, so that the first steps stay small."""
    head = nn.Conv2d(inputs, PER_STRIDE * (BOX_VALUES + classes), 1)
    nn.init.normal_(head.weight, std=0.01)
    bias = torch.zeros(PER_STRIDE, BOX_VALUES + classes)
    bias[:, BOX_VALUES - 1] = math.log(FACES / (640 / stride) ** 2)
    head.bias = nn.Parameter(bias.flatten())
    return head


def _one_of(name: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise BadOption(f"{name}={value} is not known. Valid: {', '.join(valid)}.")
