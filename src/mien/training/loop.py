"""From a task to the best checkpoint."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningDataModule, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    LearningRateMonitor,
    ModelCheckpoint,
    WeightAveraging,
)
from lightning.pytorch.loggers import CSVLogger, Logger
from torch import Tensor
from torch.multiprocessing.spawn import ProcessRaisedException

from mien.errors import BadOption, ModelError, UsageError
from mien.training.machine import HERE, Machine
from mien.training.progress import progress_bar
from mien.training.quiet import quiet
from mien.training.recipe import Schedule


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be trained, on what, for how long.

    ``module`` logs ``monitor`` in its validation, higher being better: the best checkpoint is the one with
    the highest. ``validate_every`` counts epochs. ``smallest_share`` is how many pictures of a step a process
    needs at least, for its batch-norm statistics.
    """

    name: str
    seed: int
    schedule: Schedule
    module: LightningModule
    data: LightningDataModule
    monitor: str = "val_accuracy"
    validate_every: int = 1
    smallest_share: int = 32


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training left: the best checkpoint, what it scored in its selection, minutes."""

    checkpoint: Path
    score: float
    minutes: float
    interrupted: bool = False


def train(
    task: Task,
    out: Path,
    *,
    machine: Machine = HERE,
    logger: str = "",
    resume: bool = False,
) -> Trained:
    """Train ``task`` and keep ``best.ckpt``, ``last.ckpt`` and ``metrics/`` in the folder ``out``.

    ``logger`` "wandb" or "tensorboard" logs there too; ``resume`` goes on from ``last.ckpt`` exactly.
    Ctrl-C ends early and keeps the best so far. Raises `ModelError` where the loss stops being a number or
    nothing was kept and `UsageError` for names and options that do not exist.
    """
    start = str(_last(out)) if resume else None
    loggers = _loggers(logger, out, task.name)
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with quiet(), _keeping_interrupt() as interrupted:
        trainer = _trainer(task, out, machine, loggers)
        _fit(trainer, task, start)
    minutes = (time.monotonic() - began) / 60
    return _outcome(out, minutes, bool(interrupted))


def seed(number: int) -> None:
    """Make what is drawn from now on, fresh weights first of all, follow from ``number``."""
    seed_everything(number, workers=False, verbose=False)


def _last(out: Path) -> Path:
    path = out / "last.ckpt"
    if not path.is_file():
        raise BadOption(f"Nothing to resume: no '{path}'. Train without --resume first.")
    return path


def _trainer(task: Task, out: Path, machine: Machine, loggers: list[Logger]) -> Trainer:
    schedule = task.schedule
    processes = machine.count(schedule.batch, task.smallest_share)
    return Trainer(
        accelerator=machine.kind,
        devices=processes,
        num_nodes=machine.nodes,
        precision=schedule.precision,  # type: ignore[arg-type]
        strategy=machine.strategy(processes),
        max_epochs=schedule.epochs,
        gradient_clip_val=schedule.clip or None,
        check_val_every_n_epoch=task.validate_every,
        logger=loggers,
        callbacks=_callbacks(task, out),
        enable_model_summary=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
    )


def _callbacks(task: Task, out: Path) -> list[Callback]:
    schedule = task.schedule
    chosen: list[Callback] = [
        progress_bar(),
        LearningRateMonitor("epoch"),
        ModelCheckpoint(out, "best", monitor=task.monitor, mode="max", enable_version_counter=False),
        ModelCheckpoint(
            out, "last", monitor=None, save_on_train_epoch_end=True, enable_version_counter=False
        ),
    ]
    if schedule.ema:
        chosen.append(WeightAveraging(avg_fn=partial(_average, decay=schedule.ema)))
    if schedule.stop_after:
        chosen.append(EarlyStopping("val_loss", patience=schedule.stop_after))
    return chosen


def _average(average: Tensor, current: Tensor, count: Tensor, decay: float) -> Tensor:
    """An exponential average that forgets the first, poor weights sooner: the decay rises to ``decay``."""
    keep = min(decay, (1 + int(count)) / (10 + int(count)))
    return average * keep + current * (1 - keep)


def _loggers(name: str, out: Path, project: str) -> list[Logger]:
    """The CSV file always; a service beside it where one was named."""
    from lightning.pytorch import loggers

    services = {
        "wandb": lambda: loggers.WandbLogger(project="mien", name=project, save_dir=out),
        "tensorboard": lambda: loggers.TensorBoardLogger(out, name="tensorboard"),
    }
    chosen: list[Logger] = [CSVLogger(out, name="metrics")]
    if name and name not in services:
        raise BadOption(f"logger={name} is not known. Valid: {', '.join(services)}.")
    try:
        return chosen + ([services[name]()] if name else [])  # type: ignore[no-untyped-call]
    except ModuleNotFoundError as error:
        raise UsageError(f"Logging to {name} needs its package: pip install {name}") from error


def _fit(trainer: Trainer, task: Task, start: str | None) -> None:
    try:
        trainer.fit(task.module, task.data, ckpt_path=start)
    except ProcessRaisedException as error:
        # A process hands its error over as text, the exception itself on the last line.
        kind, _, reason = str(error).strip().splitlines()[-1].partition(": ")
        if kind.endswith(ModelError.__name__):
            raise ModelError(reason) from None
        raise


@contextmanager
def _keeping_interrupt() -> Iterator[list[Any]]:
    """Ctrl-C ends the block and is noted; Lightning turns it into an exit and mutes the signal."""
    noted: list[Any] = []
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    try:
        yield noted
    except (KeyboardInterrupt, SystemExit) as error:
        noted.append(error)
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)


def _outcome(out: Path, minutes: float, interrupted: bool) -> Trained:
    best = out / "best.ckpt"
    if not best.is_file():
        raise ModelError(f"The training ended before its first epoch did: there is no '{best}'.")
    callbacks = torch.load(best, map_location="cpu", weights_only=True)["callbacks"]
    scores = [state.get("best_model_score") for state in callbacks.values() if state.get("monitor")]
    return Trained(best, float(scores[0]), minutes, interrupted)
