"""Attention blocks: which channels count, and which places."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from mien.errors import BadOption

REDUCTION = 16
KERNEL = 7


class ChannelAttention(nn.Module):
    """Squeeze and excitation (Hu et al., 2018); with ``both``, CBAM's form over mean and maximum."""

    def __init__(self, channels: int, both: bool = False) -> None:
        super().__init__()
        narrow = max(channels // REDUCTION, 4)
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, narrow, 1), nn.ReLU(inplace=True), nn.Conv2d(narrow, channels, 1)
        )
        self.both = both

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W), each channel times its weight in 0 to 1."""
        weight = self.weigh(x.mean(dim=(2, 3), keepdim=True))
        if self.both:
            weight = weight + self.weigh(x.amax(dim=(2, 3), keepdim=True))
        weighed: Tensor = x * weight.sigmoid()
        return weighed


class SpatialAttention(nn.Module):
    """A weight per place from the channels' mean and maximum (Woo et al., "CBAM", 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(2, 1, KERNEL, padding=KERNEL // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W), each place times its weight in 0 to 1."""
        seen = torch.cat((x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)), dim=1)
        weighed: Tensor = x * self.weigh(seen).sigmoid()
        return weighed


def attention_block(kind: str, channels: int) -> list[nn.Module]:
    """The layers of "se" or "cbam" for ``channels`` channels; none for an empty name."""
    kinds: dict[str, list[Callable[[], nn.Module]]] = {
        "": [],
        "se": [partial(ChannelAttention, channels)],
        "cbam": [partial(ChannelAttention, channels, both=True), SpatialAttention],
    }
    if kind not in kinds:
        raise BadOption(f"attention={kind} is not known. Valid: se, cbam, or empty for none.")
    return [make() for make in kinds[kind]]
