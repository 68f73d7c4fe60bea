"""The loss of a one-stage network: where the faces are, whether there is one, and what they express."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mien.training.models.yolo_expression import BOX_VALUES, STRIDES
from mien.training.yolo.assignment import Assigned, assign
from mien.training.yolo.boxes import by_anchor, complete_iou, decode
from mien.training.yolo.options import LossOptions

UNKNOWN = -1
"""The class of a face whose expression nobody stated: nothing is learned of it."""
AREA = 320.0**2
"""Pixels of a picture whose objectness counts as the options say; a larger one has more cells."""


def loss(
    maps: list[Tensor], boxes: Tensor, anchors: Tensor, options: LossOptions, smoothing: float = 0.0
) -> dict[str, Tensor]:
    """The weighted losses ``box``, ``objectness`` and ``expression`` of one batch.

    ``maps`` are the network's, ``boxes`` (M, 6) rows of picture, class, center and sides in pixels,
    ``anchors`` (3, 3, 2). Box and expression are means over all anchors that answer for a face (see
    `assign`), those of known expressions for the latter: cross-entropy, its targets smoothed by
    ``smoothing``. The box's is 1 - CIoU, or by "mse" the squared errors of the center, in cells, and of the
    roots of the sides, in anchors. Objectness is the binary cross-entropy, the mean over all anchors of a
    stride times the stride's balance, for pictures of 320 x 320 (others count by their area); its target is
    the IoU of the decoded box or 1.
    """
    errors, entropies, expressions = [], [], []
    for found, sides, stride, balance in zip(maps, anchors, STRIDES, options.balance, strict=True):
        values, size = by_anchor(found), found.shape[2:]
        where = assign(boxes, sides, stride, (size[0], size[1]), options.anchor_ratio)
        answer = _answer(values, boxes, sides, where, stride=stride)
        overlap, complete = complete_iou(answer.box, answer.goal[:, 2:])
        errors.append(BOX_ERRORS[options.box_loss](answer, complete))
        worth = OBJECTNESS[options.objectness_target](overlap.detach())
        entropy = functional.binary_cross_entropy_with_logits(
            values[..., BOX_VALUES - 1].float(), _objectness(values, where, worth)
        )
        entropies.append(balance * entropy * (size.numel() * stride**2 / AREA))
        expressions.append(_expression(answer, smoothing))
    return {
        "box": options.box * _mean(errors),
        "objectness": options.objectness * torch.stack(entropies).sum(),
        "expression": options.expression * _mean(expressions),
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the P anchors say that answer for a face, and the face.

    ``box`` (P, 4) center and sides in pixels, class ``logits`` (P, K), ``goal`` (P, 6) the rows of the faces,
    ``anchors`` (P, 2) in pixels.
    """

    box: Tensor
    logits: Tensor
    goal: Tensor
    anchors: Tensor
    stride: int


def _answer(values: Tensor, boxes: Tensor, sides: Tensor, where: Assigned, *, stride: int) -> Answer:
    said = values[where.picture, where.anchor, where.row, where.column].float()
    cells = torch.stack((where.column, where.row), dim=1)
    anchors = sides[where.anchor]
    box = decode(said[:, :4], cells, anchors, stride)
    return Answer(box, said[:, BOX_VALUES:], boxes[where.face], anchors, stride)


def _complete(answer: Answer, complete: Tensor) -> Tensor:
    return 1 - complete


def _squares(answer: Answer, complete: Tensor) -> Tensor:
    """The paper's mean-square error, with roots of the sides as in YOLO (Redmon et al., 2016)."""
    goal = answer.goal[:, 2:]
    centers = (answer.box[:, :2] - goal[:, :2]) / answer.stride
    said, wanted = (box[:, 2:] / answer.anchors for box in (answer.box, goal))
    roots = said.clamp(min=1e-8).sqrt() - wanted.sqrt()
    return (centers**2).sum(dim=1) + (roots**2).sum(dim=1)


BOX_ERRORS: dict[str, Callable[[Answer, Tensor], Tensor]] = {"ciou": _complete, "mse": _squares}
OBJECTNESS: dict[str, Callable[[Tensor], Tensor]] = {"iou": torch.Tensor.float, "one": torch.ones_like}


def _objectness(values: Tensor, where: Assigned, worth: Tensor) -> Tensor:
    """(B, 3, H, W): 0 where no face is; where an anchor answers for several, the best of them."""
    target = values.new_zeros(values.shape[:4], dtype=torch.float32)
    anchors, height, width = target.shape[1:]
    place = ((where.picture * anchors + where.anchor) * height + where.row) * width + where.column
    target.view(-1).scatter_reduce_(0, place, worth, "amax")
    return target


def _expression(answer: Answer, smoothing: float) -> Tensor:
    classes = answer.goal[:, 1].long()
    known = classes != UNKNOWN
    return functional.cross_entropy(
        answer.logits[known], classes[known], reduction="none", label_smoothing=smoothing
    )


def _mean(parts: list[Tensor]) -> Tensor:
    """The mean of all their numbers; 0 of none."""
    values = torch.cat(parts)
    return values.sum() / max(len(values), 1)
