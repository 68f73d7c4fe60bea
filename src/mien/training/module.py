"""The network and its loss, as Lightning wants them."""

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from mien.errors import ModelError
from mien.training.distillation import Teacher
from mien.training.optimizer import cosine, optimizer_and_decay
from mien.training.recipe import Schedule

__all__ = ["ExpressionModule", "cosine", "optimizer_and_decay"]


class ExpressionModule(LightningModule):
    """Learns one label per picture, or the shares of its votes, by cross-entropy.

    The first ``classes`` outputs are the model's answer, and all that is validated; any more are learned
    beside it (see `mien.training.votes`). ``class_weights`` (outputs,) are factors of the loss. ``teacher``
    adds what it says of the pictures; it is no part of what is learned or kept. Validation counts over all
    processes together.
    """

    def __init__(
        self,
        network: nn.Module,
        schedule: Schedule,
        classes: int,
        class_weights: Tensor | None = None,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__()
        # Channels last halves the time on a CPU.
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._schedule, self._classes, self._teacher = schedule, classes, teacher
        self._sums = torch.zeros(3, dtype=torch.float64)  # loss, right ones, pictures
        self.register_buffer("_class_weights", class_weights, persistent=False)

    def forward(self, batch: Tensor) -> Tensor:
        """(N, C, H, W) normalised float32 to (N, classes) logits."""
        logits: Tensor = self.network(batch)
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """``batch``: pictures, and labels (N,) int64 or shares (N, outputs) float32."""
        pictures, targets = batch
        logits = self(pictures)
        loss = functional.cross_entropy(
            logits,
            targets,
            weight=self._class_weights,  # type: ignore[arg-type]  # a buffer, or None
            label_smoothing=self._schedule.label_smoothing,
        )
        if self._teacher is not None:
            loss = self._teacher.joined(loss, logits[:, : self._classes], pictures)
        self._check(loss, f"step {index}")
        likeliest = targets if targets.ndim == 1 else targets[:, : self._classes].argmax(dim=1)
        right = (logits.detach()[:, : self._classes].argmax(dim=1) == likeliest).float().mean()
        for name, value in {"train_loss": loss.detach(), "train_accuracy": right}.items():
            self.log(name, value, on_step=False, on_epoch=True, batch_size=len(targets), sync_dist=True)
        return loss

    def on_validation_epoch_start(self) -> None:
        self._sums = torch.zeros(3, dtype=torch.float32, device=self.device)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        pictures, targets = batch
        logits = self(pictures).float()[:, : self._classes]
        loss = functional.cross_entropy(logits, targets, reduction="sum")
        right = (logits.argmax(dim=1) == targets).sum()
        self._sums += torch.stack((loss, right.float(), loss.new_tensor(len(targets))))

    def on_validation_epoch_end(self) -> None:
        loss, right, count = self.trainer.strategy.reduce(self._sums, reduce_op="sum")
        self._check(loss, "its validation")  # or the last step of all could spoil the weights unseen
        self.log("val_loss", loss / count, prog_bar=True, sync_dist=True)
        self.log("val_accuracy", right / count, prog_bar=True, sync_dist=True)

    def _check(self, loss: Tensor, where: str) -> None:
        """Raise `ModelError` where ``loss`` is no number."""
        if not torch.isfinite(loss):
            raise ModelError(
                f"The loss became {loss.item()} in epoch {self.current_epoch}, {where}. "
                f"Lower the learning rate (now {self._schedule.learning_rate:g}) or clip (now "
                f"{self._schedule.clip:g}; 0: off)."
            )

    def configure_optimizers(self) -> Any:
        return optimizer_and_decay(self.network, self._schedule, self.trainer)
