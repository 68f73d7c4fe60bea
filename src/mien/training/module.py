"""The network, its loss and its optimiser, as Lightning wants them."""

import math
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from mien.errors import ModelError
from mien.training.recipe import Schedule


class ExpressionModule(LightningModule):
    """Learns one label per picture by cross-entropy; validation counts over all processes together."""

    def __init__(self, network: nn.Module, schedule: Schedule) -> None:
        super().__init__()
        # Channels last halves the time on a CPU.
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._schedule = schedule
        self._sums = torch.zeros(3, dtype=torch.float64)  # loss, right ones, pictures

    def forward(self, batch: Tensor) -> Tensor:
        """(N, C, H, W) normalised float32 to (N, classes) logits."""
        logits: Tensor = self.network(batch)
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        pictures, targets = batch
        loss = functional.cross_entropy(
            self(pictures), targets, label_smoothing=self._schedule.label_smoothing
        )
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
        self._sums = torch.zeros(3, dtype=torch.float32, device=self.device)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        pictures, targets = batch
        logits = self(pictures).float()
        loss = functional.cross_entropy(logits, targets, reduction="sum")
        right = (logits.argmax(dim=1) == targets).sum()
        self._sums += torch.stack((loss, right.float(), loss.new_tensor(len(targets))))

    def on_validation_epoch_end(self) -> None:
        loss, right, count = self.trainer.strategy.reduce(self._sums, reduce_op="sum")
        self.log("val_loss", loss / count, prog_bar=True, sync_dist=True)
        self.log("val_accuracy", right / count, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> Any:
        return optimizer_and_decay(self.network, self._schedule, self.trainer)


def optimizer_and_decay(network: nn.Module, schedule: Schedule, trainer: Trainer) -> dict[str, Any]:
    """AdamW and its rate's decay; no weight decay on biases and batch-norm parameters (one dimension)."""
    parameters = [entry for entry in network.parameters() if entry.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [entry for entry in parameters if entry.ndim > 1]},
        {"params": [entry for entry in parameters if entry.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)
    return {"optimizer": optimizer, "lr_scheduler": _decay(optimizer, schedule, trainer)}


def _decay(optimizer: torch.optim.Optimizer, schedule: Schedule, trainer: Trainer) -> dict[str, Any]:
    if schedule.decay == "plateau":
        halve = ReduceLROnPlateau(optimizer, factor=0.5, patience=schedule.patience)
        return {"scheduler": halve, "monitor": "val_loss", "interval": "epoch"}
    steps = int(trainer.estimated_stepping_batches)
    warmup = steps * schedule.warmup // schedule.epochs
    return {
        "scheduler": LambdaLR(optimizer, lambda step: cosine(step, warmup, steps)),
        "interval": "step",
    }


def cosine(step: int, warmup: int, steps: int) -> float:
    """The share of the learning rate at ``step``: a linear rise over ``warmup``, then half a cosine to 0."""
    if step < warmup:
        return (step + 1) / (warmup + 1)
    done = (step - warmup) / max(steps - warmup, 1)
    return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
