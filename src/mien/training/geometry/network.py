"""From the numbers of a face to logits: scaled, one hidden layer."""

import torch
from torch import Tensor, nn

LIMIT = 5.0
"""Deviations from the mean beyond which a number tells no more: points gone astray."""


class NumberNetwork(nn.Module):
    """(N, numbers) to (N, classes) logits; numbers that are missing (NaN) count as their mean."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, numbers: int, classes: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(numbers))
        self.register_buffer("deviation", torch.ones(numbers))
        self.layers = nn.Sequential(
            nn.Dropout(dropout / 2),
            nn.Linear(numbers, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, classes),
        )

    def scale_by(self, numbers: Tensor) -> None:
        """Take mean and deviation from the learning part (N, numbers)."""
        self.mean.copy_(numbers.nanmean(dim=0))
        spread = (numbers - self.mean).square().nanmean(dim=0).sqrt()
        self.deviation.copy_(spread.clamp(min=1e-4))

    def forward(self, numbers: Tensor) -> Tensor:
        scaled = (numbers - self.mean) / self.deviation
        known = torch.where(scaled.isnan(), torch.zeros_like(scaled), scaled)
        logits: Tensor = self.layers(known.clamp(-LIMIT, LIMIT))
        return logits
