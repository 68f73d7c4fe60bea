"""What is done beside each epoch: checkpoints, averaged weights, an early end, the rate's record."""

import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, WeightAveraging
from torch import Tensor

from mien.training.progress import progress_bar
from mien.training.recipe import Schedule

BEST, LAST = "best.ckpt", "last.ckpt"
"""The checkpoints that export and resuming read, under names that stay."""


class Named(ModelCheckpoint):
    """Keeps the best epoch under a name that tells which it is; a kind of its own, as Lightning wants it."""


class Improvements(Named):
    """Keeps each epoch that was better than all before it."""

    def check_monitor_top_k(self, trainer: Trainer, current: Tensor | None = None) -> bool:
        if current is None:
            return False
        better = self.best_model_score is None or bool(current > self.best_model_score)
        agreed: bool = trainer.strategy.reduce_boolean_decision(better)
        return agreed


class Drawn(Callback):
    """What is drawn within an epoch, as by dropout, follows from the seed, the epoch and the process alone.

    A resumed training goes on as if it had never stopped: checkpoints do not hold the generators' states.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if batch_idx == 0:  # the loader has drawn a seed of its own by now, before or after the epoch's start
            epoch = self._seed * 10_007 + trainer.current_epoch
            torch.manual_seed(epoch * trainer.world_size + trainer.global_rank)


class Effort(Callback):
    """Puts into each checkpoint the minutes that led to it, with those of earlier sittings (``before``), and
    the ``hardware``."""

    def __init__(self, before: float = 0.0, hardware: str = "") -> None:
        self._before, self._hardware, self._began = before, hardware, 0.0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._began = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        minutes = self._before + (time.monotonic() - self._began) / 60
        return {"minutes": minutes, "hardware": self._hardware}


class Moved(Callback):
    """Resumes a training in the folder ``out``, wherever it lay before.

    Lightning forgets the best score where the path of the checkpoints has changed, so that the first epoch
    after it would take the place of the best.
    """

    def __init__(self, out: Path) -> None:
        self._out = out

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: Any) -> None:
        folder = self._out.resolve()  # as Lightning writes it
        for state in checkpoint["callbacks"].values():
            if "dirpath" in state:
                kept = {_moved(path, folder): score for path, score in state["best_k_models"].items()}
                paths = {name: _moved(state[name], folder) for name in _PATHS}
                state.update(paths, dirpath=str(folder), best_k_models=kept)


_PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")
"""What Lightning notes of the files of a kind of checkpoint."""


def _moved(path: str, folder: Path) -> str:
    """The file at ``path``, of whatever system, in ``folder``; empty stays empty."""
    return path and str(folder / path.replace("\\", "/").rpartition("/")[2])


class Over(Callback):
    """A training that ended early has ended: resumed, it learns no further epoch."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        stopping = trainer.early_stopping_callback
        if stopping is not None and stopping.wait_count >= stopping.patience:
            trainer.should_stop = True


class LastValidated(Callback):
    """The last epoch is validated wherever it falls among those between two validations.

    Its weights could not be chosen otherwise, and a training shorter than that would leave none.
    """

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.current_epoch + 1 == trainer.max_epochs:
            trainer.check_val_every_n_epoch = 1


class LearningRate(Callback):
    """Notes the rate that each epoch began with."""

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        pl_module.log(
            "learning_rate", float(rate), on_step=False, on_epoch=True, batch_size=1, sync_dist=True
        )


def callbacks(name: str, schedule: Schedule, monitor: str, out: Path) -> list[Callback]:
    """All that ``schedule`` asks for; the checkpoints of the training ``name`` go to ``out``.

    The best one by ``monitor`` is `BEST`, and also ``{name}.{epoch:02d}-{monitor:.2f}.ckpt``.
    """
    chosen: list[Callback] = [progress_bar(), LearningRate(), LastValidated(), Moved(out)]
    chosen += _checkpoints(name, schedule, monitor, out)
    if schedule.ema:
        chosen.append(WeightAveraging(multi_avg_fn=partial(average, decay=schedule.ema)))
    if schedule.stop_after:
        chosen += [EarlyStopping("val_loss", patience=schedule.stop_after), Over()]
    return chosen


def average(mean: list[Tensor], current: list[Tensor], count: Tensor, decay: float) -> None:
    """An exponential average that forgets the first, poor weights sooner: the decay rises to ``decay``.

    The tensors of one call are of one type. All at once: one by one they take 3 % of a small network's step.
    The mean stays float32 where the weights have 64 or 16 bits.
    """
    keep = min(decay, (1 + int(count)) / (10 + int(count)))
    if mean[0].is_floating_point():
        current = [each.to(old.dtype) for old, each in zip(mean, current, strict=True)]
        torch._foreach_lerp_(mean, current, 1 - keep)
    else:
        torch._foreach_copy_(mean, current)  # counts


def best_score(checkpoint: Path) -> float:
    """What the best weights scored in the selection, out of their ``checkpoint``."""
    states = torch.load(checkpoint, map_location="cpu", weights_only=True)["callbacks"].values()
    scores = (state.get("best_model_score") for state in states)
    return float(next(score for score in scores if score is not None))  # 0 is a score


def _checkpoints(name: str, schedule: Schedule, monitor: str, out: Path) -> list[Callback]:
    shared: dict[str, Any] = {"dirpath": out, "enable_version_counter": False}
    best: dict[str, Any] = {"monitor": monitor, "mode": "max", **shared}
    kind, kept = (Improvements, -1) if schedule.save_every_improvement else (Named, 1)
    # Braces in a name would be taken for metrics.
    named = name.replace("{", "(").replace("}", ")") + f".{{epoch:02d}}-{{{monitor}:.2f}}"
    return [
        ModelCheckpoint(filename=Path(BEST).stem, **best),
        kind(filename=named, auto_insert_metric_name=False, save_top_k=kept, **best),
        ModelCheckpoint(filename=Path(LAST).stem, monitor=None, save_on_train_epoch_end=True, **shared),
    ]
