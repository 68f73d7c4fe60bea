"""Learning the points: the wing loss, and the error that chooses the best weights."""

import math
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from mien.errors import ModelError
from mien.training.module import optimizer_and_decay
from mien.training.recipe import Schedule


class PointsModule(LightningModule):
    """Learns (N, 68, 2) points as shares of the crop's side; validation counts over all processes together.

    ``val_nme`` is the mean distance between points and labels over the inter-ocular distance, in percent;
    ``val_score``, by which the best weights are chosen, is what is left of 1. ``val_loss`` is the wing loss.
    """

    def __init__(self, network: nn.Module, schedule: Schedule, side: int) -> None:
        super().__init__()
        # Channels last halves the time on a CPU.
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._schedule, self._side = schedule, side
        self._sums = torch.zeros(3)  # error, loss, faces

    def forward(self, batch: Tensor) -> Tensor:
        """(N, C, H, W) normalised float32 to (N, 68, 2)."""
        values: Tensor = self.network(batch)
        return values.float().reshape(len(batch), -1, 2)

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], index: int) -> Tensor:
        pictures, targets, _ = batch
        loss = self._loss(self(pictures), targets)
        if not torch.isfinite(loss):
            raise ModelError(
                f"The loss became {loss.item()} in epoch {self.current_epoch}, step {index}. "
                f"Lower the learning rate (now {self._schedule.learning_rate:g}) or set clip."
            )
        self.log(
            "train_loss", loss.detach(), on_step=False, on_epoch=True, batch_size=len(targets), sync_dist=True
        )
        return loss

    def on_validation_epoch_start(self) -> None:
        self._sums = torch.zeros(3, device=self.device)

    def validation_step(self, batch: tuple[Tensor, Tensor, Tensor], index: int) -> None:
        pictures, targets, distance = batch
        points, count = self(pictures), len(targets)
        errors = (points - targets).norm(dim=2).mean(dim=1) / distance
        loss = self._loss(points, targets) * count
        self._sums += torch.stack((errors.sum(), loss, errors.new_tensor(count)))

    def on_validation_epoch_end(self) -> None:
        error, loss, count = self.trainer.strategy.reduce(self._sums, reduce_op="sum")
        self.log("val_nme", 100 * error / count, prog_bar=True, sync_dist=True)
        self.log("val_score", 1 - error / count, sync_dist=True)
        self.log("val_loss", loss / count, sync_dist=True)

    def _loss(self, points: Tensor, targets: Tensor) -> Tensor:
        return wing((points - targets) * self._side)

    def configure_optimizers(self) -> Any:
        return optimizer_and_decay(self.network, self._schedule, self.trainer)


def wing(errors: Tensor, width: float = 10.0, curvature: float = 2.0) -> Tensor:
    """The mean wing loss of ``errors`` in pixels (Feng et al., "Wing loss for robust facial landmark
    localisation with convolutional neural networks", CVPR 2018, equation 5).

    Logarithmic up to ``width``, so that small errors still count, and linear beyond.
    """
    sizes = errors.abs()
    step = width - width * math.log(1 + width / curvature)
    return torch.where(sizes < width, width * torch.log1p(sizes / curvature), sizes - step).mean()
