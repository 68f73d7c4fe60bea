"""The loss of an anchor-free detector against soft targets of every cell."""

import torch
from torch import Tensor
from torch.nn import functional

POSITIVE = 0.3
"""From this target score a cell also learns box and points."""
BOX, SHAPE, POINTS = 2.0, 0.5, 1.0


def loss(outputs: Tensor, cells: Tensor, strides: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
    """Score, box and points losses, each divided by the sum of the targets' scores.

    ``outputs`` (B, M, 15) as the network gives them, ``cells`` (M, 2) column and row, ``strides`` (M,);
    ``targets``: ``scores`` and ``weights`` (B, M), ``boxes`` (B, M, 4) and ``points`` (B, M, 10) in pixels.
    """
    scores, weights = targets["scores"], targets["weights"]
    positive = (scores >= POSITIVE) & (weights > 0)
    share = (scores * weights)[positive]
    total = share.sum().clamp(min=1.0)
    found = {"score": score_loss(outputs[..., 0], scores, weights) / total}
    corner = cells.expand(len(outputs), -1, -1)[positive]
    scale = strides.expand(len(outputs), -1)[positive]
    chosen = outputs[positive]
    box, wanted = decode_boxes(chosen[:, 1:5], corner, scale), targets["boxes"][positive]
    size = (wanted[:, 2:] - wanted[:, :2]).clamp(min=1.0)
    shape = (box - wanted).abs() / size.repeat(1, 2)
    found["box"] = (share * (BOX * efficient_iou_loss(box, wanted) + SHAPE * shape.mean(dim=1))).sum() / total
    places = (chosen[:, 5:].reshape(-1, 5, 2) + corner[:, None]) * scale[:, None, None]
    goal = targets["points"][positive].reshape(-1, 5, 2)
    known = ~goal.isnan().any(dim=2).any(dim=1)
    apart = (places[known] - goal[known]) / size[known].mean(dim=1)[:, None, None]
    each = functional.smooth_l1_loss(apart, torch.zeros_like(apart), beta=0.02, reduction="none")
    found["points"] = POINTS * (share[known] * each.mean(dim=(1, 2)) * 10).sum() / total
    return found


def score_loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy times the error's size: quality focal loss with exponent 1 (Li et al., 2020)."""
    error = (logits.detach().sigmoid() - targets).abs()
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return (entropy * error * weights).sum()


def decode_boxes(values: Tensor, cells: Tensor, strides: Tensor) -> Tensor:
    """(N, 4) x1, y1, x2, y2 in pixels from center offsets and log sizes (N, 4) in strides."""
    center = (cells + values[:, :2]) * strides[:, None]
    half = values[:, 2:].clamp(max=6).exp() * strides[:, None] / 2
    return torch.cat((center - half, center + half), dim=1)


def efficient_iou_loss(boxes: Tensor, targets: Tensor) -> Tensor:
    """1 - IoU plus the distances of centers, widths and heights (EIoU; Zhang et al., 2022); (N,)."""
    low, high = torch.maximum(boxes[:, :2], targets[:, :2]), torch.minimum(boxes[:, 2:], targets[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=1)
    size, wanted = boxes[:, 2:] - boxes[:, :2], targets[:, 2:] - targets[:, :2]
    union = size.prod(dim=1) + wanted.prod(dim=1) - shared
    around = torch.maximum(boxes[:, 2:], targets[:, 2:]) - torch.minimum(boxes[:, :2], targets[:, :2])
    around = around.clamp(min=1e-3)
    apart = (boxes[:, :2] + boxes[:, 2:] - targets[:, :2] - targets[:, 2:]) / 2
    centers = (apart**2).sum(dim=1) / (around**2).sum(dim=1)
    sizes = ((size - wanted) ** 2 / around**2).sum(dim=1)
    return 1 - shared / union.clamp(min=1e-3) + centers + sizes
