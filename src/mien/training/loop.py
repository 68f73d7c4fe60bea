"""From a recipe to the best checkpoint."""

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
from lightning.pytorch import Trainer, seed_everything
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

from mien import registry
from mien.datasets.base import Dataset
from mien.errors import BadOption, ModelError, UsageError
from mien.training import models
from mien.training.data import Faces
from mien.training.machine import HERE, Machine
from mien.training.module import ExpressionModule
from mien.training.progress import progress_bar
from mien.training.quiet import quiet
from mien.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training left: the best checkpoint, its share right on the selection part, minutes."""

    checkpoint: Path
    accuracy: float
    minutes: float
    interrupted: bool = False


def train(
    recipe: Recipe,
    out: Path,
    *,
    machine: Machine = HERE,
    logger: str = "",
    resume: bool = False,
) -> Trained:
    """Train by ``recipe`` and keep ``best.ckpt``, ``last.ckpt`` and ``metrics/`` in the folder ``out``.

    ``logger`` "wandb" or "tensorboard" logs there too; ``resume`` goes on from ``last.ckpt`` exactly.
    Ctrl-C ends early and keeps the best so far. Raises `ModelError` where the loss stops being a number or
    nothing was kept, `UsageError` for names and options that do not exist and `SourceError` for absent data.
    """
    faces, classes = _faces(recipe)
    seed_everything(recipe.seed, workers=False, verbose=False)
    network = models.build(recipe.model, classes, recipe.input.channels)
    start = str(_last(out)) if resume else None
    loggers = _loggers(logger, out, recipe.name)
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with quiet(), _keeping_interrupt() as interrupted:
        trainer = _trainer(recipe, out, machine, loggers)
        _fit(trainer, ExpressionModule(network, recipe.schedule), faces, start)
    minutes = (time.monotonic() - began) / 60
    return _outcome(out, minutes, bool(interrupted))


def _faces(recipe: Recipe) -> tuple[Faces, int]:
    dataset: Dataset = registry.load("datasets", recipe.data.dataset)
    train, select = dataset.load(recipe.data.train), dataset.load(recipe.data.select)
    if recipe.data.drop_blank:
        train = train.without_blank()
    return Faces(train, select, recipe), len(dataset.labels)


def _last(out: Path) -> Path:
    path = out / "last.ckpt"
    if not path.is_file():
        raise BadOption(f"Nothing to resume: no '{path}'. Train without --resume first.")
    return path


def _trainer(recipe: Recipe, out: Path, machine: Machine, loggers: list[Logger]) -> Trainer:
    batch = recipe.schedule.batch
    return Trainer(
        accelerator=machine.kind,
        devices=machine.count(batch),
        num_nodes=machine.nodes,
        precision=recipe.schedule.precision,  # type: ignore[arg-type]
        strategy=machine.strategy(batch),
        max_epochs=recipe.schedule.epochs,
        gradient_clip_val=recipe.schedule.clip or None,
        logger=loggers,
        callbacks=_callbacks(recipe, out),
        enable_model_summary=False,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
    )


def _callbacks(recipe: Recipe, out: Path) -> list[Callback]:
    schedule = recipe.schedule
    chosen: list[Callback] = [
        progress_bar(),
        LearningRateMonitor("epoch"),
        ModelCheckpoint(out, "best", monitor="val_accuracy", mode="max", enable_version_counter=False),
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


def _fit(trainer: Trainer, module: ExpressionModule, faces: Faces, start: str | None) -> None:
    try:
        trainer.fit(module, faces, ckpt_path=start)
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
