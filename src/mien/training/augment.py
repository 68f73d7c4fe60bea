"""Random changes of a batch that leave its expressions as they are; all on tensors, all samples at once."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from mien.training.recipe import AugmentOptions


def augment(batch: Tensor, options: AugmentOptions, generator: torch.Generator) -> Tensor:
    """Change ``batch`` (N, C, H, W), normalised float32, as ``generator`` decides."""
    warped = warp(batch, options, generator)
    lit = relight(warped, options, generator)
    return erase(lit, options, generator)


def warp(batch: Tensor, options: AugmentOptions, generator: torch.Generator) -> Tensor:
    """Flip, rotate, zoom and shift in one bilinear resampling; the border is repeated outwards."""
    count = len(batch)
    angle = _spread(count, generator) * math.radians(options.rotate)
    zoom = 1 + _spread(count, generator) * options.zoom
    mirror = 1 - 2 * (torch.rand(count, generator=generator) < options.flip).float()
    offset = _spread(count * 2, generator).view(count, 2) * 2 * options.shift  # grid units: the side is 2
    cos, sin = zoom * torch.cos(angle), zoom * torch.sin(angle)
    rows = torch.stack((mirror * cos, -sin, mirror * sin, cos), dim=1).view(count, 2, 2)
    matrices = torch.cat((rows, offset[:, :, None]), dim=2)  # (N, 2, 3)
    grid = functional.affine_grid(matrices, list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, padding_mode="border", align_corners=False)


def relight(batch: Tensor, options: AugmentOptions, generator: torch.Generator) -> Tensor:
    """Brighten or darken, and stretch or flatten the contrast about each picture's own mean."""
    count = len(batch)
    gain = (1 + _spread(count, generator) * options.contrast).view(-1, 1, 1, 1)
    shift = (_spread(count, generator) * options.brightness).view(-1, 1, 1, 1)
    mean = batch.mean(dim=(1, 2, 3), keepdim=True)
    return (batch - mean) * gain + mean + shift


def erase(batch: Tensor, options: AugmentOptions, generator: torch.Generator) -> Tensor:
    """Fill one rectangle of some pictures with their mean (Zhong et al., "Random erasing", 2017)."""
    count, _, height, width = batch.shape
    chosen = torch.rand(count, generator=generator) < options.erase
    area = torch.rand(count, generator=generator) * options.erase_area
    aspect = torch.exp(_spread(count, generator) * math.log(2.0))
    inside_x = _between(width, torch.sqrt(area * aspect), generator)
    inside_y = _between(height, torch.sqrt(area / aspect), generator)
    covered = inside_y[:, None, :, None] & inside_x[:, None, None, :] & chosen.view(-1, 1, 1, 1)
    return torch.where(covered, batch.mean(dim=(1, 2, 3), keepdim=True), batch)


def _between(size: int, share: Tensor, generator: torch.Generator) -> Tensor:
    """(N, size) true within a random interval that covers ``share`` (N,) of the side."""
    start = torch.rand(len(share), generator=generator) * (1 - share)
    place = (torch.arange(size) + 0.5) / size
    return (place >= start[:, None]) & (place < (start + share)[:, None])


def _spread(count: int, generator: torch.Generator) -> Tensor:
    """(count,) uniform in [-1, 1)."""
    return torch.rand(count, generator=generator) * 2 - 1
