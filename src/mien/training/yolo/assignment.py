"""Which anchors of which cells answer for which faces."""

from dataclasses import dataclass

import torch
from torch import Tensor

Steps = tuple[tuple[int, int], ...]
NEIGHBOURS: Steps = ((0, 0), (-1, 0), (0, -1), (1, 0), (0, 1))
"""A face's own cell and the four beside it, as steps in columns and rows."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """P anchors that answer for a face, of one stride; all (P,) int64: where each is, and the face's row."""

    picture: Tensor
    anchor: Tensor
    row: Tensor
    column: Tensor
    face: Tensor


def assign(boxes: Tensor, anchors: Tensor, stride: int, size: tuple[int, int], ratio: float) -> Assigned:
    """The anchors that answer for ``boxes`` (M, 6), rows of picture, class, center and sides in pixels.

    ``anchors`` (A, 2) are those of ``stride``, whose map has ``size`` rows and columns. An anchor fits
    whose sides are at most ``ratio`` times longer or shorter; it answers in the cell of the face's center,
    and in the nearer ones of the cells left or right and above or below, as in YOLOv5: so there are three
    times as many to learn from, and a center near an edge may be reached from both of its sides.
    """
    times = boxes[:, None, 4:6] / anchors[None]
    fits = torch.maximum(times, 1 / times).amax(dim=2) <= ratio  # (M, A)
    face, anchor = fits.nonzero(as_tuple=True)
    center = boxes[face, 2:4] / stride
    limit = torch.tensor(size[::-1], device=boxes.device)  # columns, rows
    steps = torch.tensor(NEIGHBOURS, device=boxes.device)
    cells = center.floor().long().clamp(torch.zeros_like(limit), limit - 1)
    inside = center - cells
    near = torch.cat((inside < 0.5, inside > 0.5), dim=1)  # left, above, right, below
    asked = torch.cat((torch.ones_like(near[:, :1]), near), dim=1)  # (P, 5) in the order of NEIGHBOURS
    places = cells[:, None] + steps
    asked &= ((places >= 0) & (places < limit)).all(dim=2)
    chosen, _ = asked.nonzero(as_tuple=True)
    column, row = places[asked].unbind(dim=1)
    return Assigned(boxes[face[chosen], 0].long(), anchor[chosen], row, column, face[chosen])
