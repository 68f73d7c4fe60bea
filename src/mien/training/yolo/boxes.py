"""What the network's numbers mean: boxes in pixels, and how far two boxes agree."""

import math

import torch
from torch import Tensor

from mien.training.models.yolo_expression import BOX_VALUES, PER_STRIDE, STRIDES


def by_anchor(found: Tensor) -> Tensor:
    """One map (B, 3 * (5 + K), H, W) as (B, 3, H, W, 5 + K), without copying."""
    count, _, height, width = found.shape
    return found.view(count, PER_STRIDE, -1, height, width).permute(0, 1, 3, 4, 2)


def decode(values: Tensor, cells: Tensor, anchors: Tensor, stride: float | Tensor) -> Tensor:
    """(N, 4) center and sides in pixels, from the numbers ``values`` (N, 4) of the network.

    ``cells`` (N, 2) are column and row, ``anchors`` (N, 2) width and height in pixels.
    """
    share = values.sigmoid() * 2
    return torch.cat(((share[:, :2] - 0.5 + cells) * stride, share[:, 2:] ** 2 * anchors), dim=1)


def everything(maps: list[Tensor], anchors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What all anchors of all maps say, in one row: boxes (B, M, 4) as x1, y1, x2, y2 in pixels, objectness
    (B, M) and class logits (B, M, K), float32. ``anchors`` (3, 3, 2)."""
    boxes, rest = [], []
    for found, sides, stride in zip(maps, anchors, STRIDES, strict=True):
        values = by_anchor(found).float()
        count, _, height, width, _ = values.shape
        rows, columns = torch.meshgrid(
            torch.arange(height, device=found.device), torch.arange(width, device=found.device), indexing="ij"
        )
        cells = torch.stack((columns, rows), dim=2).expand(count, PER_STRIDE, -1, -1, -1)
        shape = sides[None, :, None, None].expand(count, -1, height, width, -1)
        box = decode(values[..., :4].reshape(-1, 4), cells.reshape(-1, 2), shape.reshape(-1, 2), stride)
        boxes.append(corners(box).view(count, -1, 4))
        rest.append(values[..., 4:].reshape(count, -1, values.shape[-1] - BOX_VALUES + 1))
    others = torch.cat(rest, dim=1)
    return torch.cat(boxes, dim=1), others[..., 0].sigmoid(), others[..., 1:]


def corners(boxes: Tensor) -> Tensor:
    """(N, 4) center and sides to x1, y1, x2, y2."""
    half = boxes[:, 2:] / 2
    return torch.cat((boxes[:, :2] - half, boxes[:, :2] + half), dim=1)


def complete_iou(boxes: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """IoU, and CIoU (Zheng et al., 2020), of each of ``boxes`` with its own of ``others``; both (N, 4) center
    and sides, results (N,).

    CIoU also falls with the distance of the centers, against the diagonal of the box around both, and with
    the difference of the aspects.
    """
    first, second = corners(boxes), corners(others)
    low, high = torch.maximum(first[:, :2], second[:, :2]), torch.minimum(first[:, 2:], second[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=1)
    union = boxes[:, 2:].prod(dim=1) + others[:, 2:].prod(dim=1) - shared
    iou = shared / union.clamp(min=1e-6)
    around = torch.maximum(first[:, 2:], second[:, 2:]) - torch.minimum(first[:, :2], second[:, :2])
    apart = ((boxes[:, :2] - others[:, :2]) ** 2).sum(dim=1) / (around**2).sum(dim=1).clamp(min=1e-6)
    angles = [torch.atan2(each[:, 2], each[:, 3].clamp(min=1e-6)) for each in (boxes, others)]
    shape = 4 / math.pi**2 * (angles[0] - angles[1]) ** 2
    with torch.no_grad():
        weight = shape / (1 - iou + shape).clamp(min=1e-6)
    return iou, iou - apart - weight * shape
