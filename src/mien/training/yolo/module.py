"""The one-stage network, its loss and what it is chosen by, as Lightning wants them."""

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from mien.errors import ModelError
from mien.training.models.yolo_expression import YoloExpression
from mien.training.module import optimizer_and_decay
from mien.training.recipe import Schedule
from mien.training.yolo.losses import loss
from mien.training.yolo.options import LossOptions
from mien.training.yolo.scoring import Looked, figures, looked

Batch = dict[str, Tensor]
SHOWN = ("map50", "precision", "found", "face_ap50")
"""What is logged of `scoring.figures`."""


class YoloModule(LightningModule):
    """Learns boxes, objectness and expressions of all anchors; chosen by the mean average precision.

    Batches hold ``pictures`` (B, 3, side, side) uint8 BGR and ``boxes`` (M, 6) float32: the picture's number
    in the batch, the class (-1: unknown), center and sides in pixels.
    """

    def __init__(self, network: YoloExpression, schedule: Schedule, options: LossOptions) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._schedule, self._options = schedule, options
        self._looked: list[Looked] = []
        self._sums = torch.zeros(2)  # loss, pictures

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(B, 3, H, W) pixels from 0 to 255 to the maps of the three strides."""
        maps: list[Tensor] = self.network(pictures.float().contiguous(memory_format=torch.channels_last))
        return maps

    def training_step(self, batch: Batch, index: int) -> Tensor:
        parts = self._losses(self(batch["pictures"]), batch["boxes"], self._schedule.label_smoothing)
        total = torch.stack(list(parts.values())).sum()
        self._check(total, f"step {index}")
        for name, value in {"loss": total, **parts}.items():
            self.log(
                f"train_{name}",
                value.detach(),
                on_step=False,
                on_epoch=True,
                batch_size=len(batch["pictures"]),
                sync_dist=True,
            )
        return total

    def on_validation_epoch_start(self) -> None:
        self._looked, self._sums = [], torch.zeros(2, device=self.device)

    def validation_step(self, batch: Batch, index: int) -> None:
        maps, boxes, count = self(batch["pictures"]), batch["boxes"], len(batch["pictures"])
        total = torch.stack(list(self._losses(maps, boxes).values())).sum()
        self._sums += torch.stack((total * count, total.new_tensor(count)))
        self._looked += looked(maps, self.network.anchors, boxes)

    def on_validation_epoch_end(self) -> None:
        total, count = self.trainer.strategy.reduce(self._sums, reduce_op="sum")
        self._check(total, "its validation")
        self.log("val_loss", total / count, prog_bar=True, sync_dist=True)
        found = figures(self._gathered())
        for name in SHOWN:
            self.log(f"val_{name}", found[name], prog_bar=True, sync_dist=True)

    def _check(self, total: Tensor, where: str) -> None:
        """Raise `ModelError` where the loss is no number."""
        if not torch.isfinite(total):
            raise ModelError(
                f"The loss became {total.item()} in epoch {self.current_epoch}, {where}. "
                f"Lower the learning rate (now {self._schedule.learning_rate:g}) or set clip."
            )

    def _losses(self, maps: list[Tensor], boxes: Tensor, smoothing: float = 0.0) -> dict[str, Tensor]:
        return loss(maps, boxes, self.network.anchors, self._options, smoothing)

    def _gathered(self) -> list[Looked]:
        if self.trainer.world_size == 1:
            return self._looked
        parts: list[Any] = [None] * self.trainer.world_size
        torch.distributed.all_gather_object(parts, self._looked)
        return [each for part in parts for each in part]

    def configure_optimizers(self) -> Any:
        return optimizer_and_decay(self.network, self._schedule, self.trainer)
