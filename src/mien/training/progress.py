"""What a person sees of a training: a bar on a terminal, a line per epoch elsewhere; always on stderr."""

import sys
import time

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar, RichProgressBar
from rich.console import Console


def progress_bar() -> ProgressBar:
    """The one that fits where stderr goes."""
    if sys.stderr.isatty():
        return RichProgressBar(leave=True, console_kwargs={"stderr": True})
    return EpochLines()


class EpochLines(ProgressBar):
    """One line per epoch: losses, share right, seconds and the time left."""

    def __init__(self) -> None:
        super().__init__()
        self._on, self._began, self._first = True, 0.0, 0

    def disable(self) -> None:
        """Called by Lightning in every process but the first."""
        self._on = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._began, self._first = time.monotonic(), trainer.current_epoch

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self._on:
            return
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        epochs, done = trainer.max_epochs or 0, trainer.current_epoch + 1
        each = (time.monotonic() - self._began) / (done - self._first)
        numbers = "  ".join(f"{name} {_written(name, value)}" for name, value in metrics.items())
        text = (
            f"epoch {done}/{epochs}  {numbers}  {each:.1f} s each, {each * (epochs - done) / 60:.0f} min left"
        )
        Console(stderr=True, soft_wrap=True).print(text, highlight=False)


def _written(name: str, value: float) -> str:
    """Rates span decades, all else is read to the same place."""
    return f"{value:.2g}" if name == "learning_rate" else f"{value:.4f}"
