"""From a task to the best checkpoint."""

import copy
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import LightningDataModule, LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import Logger

from mien.errors import BadOption, ModelError, SinkError
from mien.training import failures, onnx_file
from mien.training.callbacks import BEST, LAST, Drawn, Effort, best_score, callbacks
from mien.training.checkpoint import WholeFiles, effort_until, epochs_of, load_weights
from mien.training.loggers import open_loggers
from mien.training.machine import HERE, Machine, is_first
from mien.training.memory import MemoryKept, within_available
from mien.training.quiet import quiet
from mien.training.recipe import Schedule

BYTES_PER_WEIGHT = 16
"""In a checkpoint: the weight, its average, and what the optimiser remembers of it."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be trained, on what, for how long.

    ``module`` logs ``monitor`` in its validation, higher being better: the best checkpoint is the one with
    the highest. ``validate_every`` counts epochs; the last one is validated, too. ``smallest_share`` is how
    many pictures of a step a process needs at least, for its batch-norm statistics.
    """

    name: str
    seed: int
    schedule: Schedule
    module: LightningModule
    data: LightningDataModule
    monitor: str = "val_accuracy"
    validate_every: int = 1
    smallest_share: int = 32

    @property
    def epochs_between(self) -> int:
        """Epochs from one validation to the next: 1 where the schedule goes by the loss of each."""
        by_loss = self.schedule.decay == "plateau" or self.schedule.stop_after > 0
        return 1 if by_loss else self.validate_every


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training left: the best checkpoint, what it scored in its selection, minutes of all sittings."""

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
    beside: Sequence[Callback] = (),
) -> Trained:
    """Train ``task`` and keep ``best.ckpt``, ``last.ckpt`` and ``metrics/`` in the folder ``out``.

    ``logger`` "wandb" or "tensorboard" logs there too; ``resume`` goes on from ``last.ckpt`` exactly;
    ``beside`` are further callbacks.
    Ctrl-C ends early and keeps the best so far. Raises `ModelError` where the loss stops being a number,
    nothing was kept or what is to be resumed is another network's, `SinkError` where the disk is too full,
    `BadOption` where the memory is, and `UsageError` for names and options that do not exist.
    """
    start = str(_last(out, task)) if resume else None
    loggers = open_loggers(logger, out, task.name)
    _make_room(out, task)
    began, since = time.monotonic(), 0 if resume else time.time()
    before = effort_until(out / LAST)["minutes"] if resume else 0.0
    with quiet(), _keeping_interrupt() as interrupted:
        trainer = _trainer(task, out, machine, loggers, (*beside, Effort(before, machine.words())))
        # What a GPU's driver sets aside is no memory that is taken.
        bounded = within_available() if machine.kind == "cpu" else nullcontext()
        with _telling_what_stays(out, since), failures.in_words(task.schedule.batch), bounded:
            trainer.fit(task.module, task.data, ckpt_path=start)
    if not is_first():
        raise SystemExit(0)  # this process only helped: the first one goes on
    minutes = before + (time.monotonic() - began) / 60
    return _outcome(out, minutes, bool(interrupted), since)


def seed(number: int) -> None:
    """Make what is drawn from now on, fresh weights first of all, follow from ``number``."""
    seed_everything(number, workers=False, verbose=False)


def _last(out: Path, task: Task) -> Path:
    path = out / LAST
    if not path.is_file():
        raise BadOption(f"Nothing to resume: no '{path}'. Train without --resume first.")
    network = copy.deepcopy(task.module.get_submodule("network"))
    load_weights(network, path, task.name)
    done = epochs_of(path)
    if done > task.schedule.epochs:
        raise BadOption(
            f"'{path}' has learned for {done} epochs, and {task.schedule.epochs} are asked for. Resume with "
            f"--epochs {done} or more."
        )
    return path


def _make_room(out: Path, task: Task) -> None:
    """Make the folder; four checkpoints must fit: the best twice, the last, and one being written."""
    onnx_file.make_folder(out)
    each = BYTES_PER_WEIGHT * sum(entry.numel() for entry in task.module.parameters())
    # Those that an earlier sitting, or another training, has left are replaced, one after the other.
    there = sum((out / name).stat().st_size for name in (BEST, LAST) if (out / name).is_file())
    needed = max(4 * each - there, each)
    free = shutil.disk_usage(out).free
    if free < needed:
        raise SinkError(
            f"Training writes about {needed / 2**20:,.0f} MiB to '{out}', but {free / 2**20:,.0f} MiB are "
            "free there. Make room, or choose another folder with --out."
        )


def _trainer(
    task: Task, out: Path, machine: Machine, loggers: list[Logger], beside: Sequence[Callback]
) -> Trainer:
    schedule = task.schedule
    processes = machine.count(schedule.batch, task.smallest_share)
    try:
        return Trainer(
            accelerator=machine.kind,
            devices=processes,
            num_nodes=machine.nodes,
            precision=schedule.precision,  # type: ignore[arg-type]
            strategy=machine.strategy(processes),
            max_epochs=schedule.epochs,
            gradient_clip_val=schedule.clip or None,
            check_val_every_n_epoch=task.epochs_between,
            logger=loggers,
            callbacks=[
                Drawn(task.seed),
                *([MemoryKept()] if machine.kind == "cpu" else ()),
                *callbacks(task.name, schedule, task.monitor, out),
                *beside,
            ],
            plugins=[WholeFiles()],
            enable_model_summary=False,
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
        )
    except (ImportError, ValueError, MisconfigurationException) as error:  # Lightning's, for what it is asked
        raise BadOption(
            f"accelerator={machine.accelerator}, devices={machine.devices}, nodes={machine.nodes} and "
            f"precision={schedule.precision} cannot be had: {error}"
        ) from error


@contextmanager
def _telling_what_stays(out: Path, since: float) -> Iterator[None]:
    """A training that failed midway says which checkpoint it leaves."""
    try:
        yield
    except ModelError as error:
        best = _best(out, since)
        raise ModelError(f"{error} The best before it stays: '{best}'." if best else str(error)) from error


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


def _outcome(out: Path, minutes: float, interrupted: bool, since: float) -> Trained:
    best = _best(out, since)
    if best is None:
        raise ModelError(f"The training ended before it was first validated: it leaves nothing in '{out}'.")
    return Trained(best, best_score(best), minutes, interrupted)


def _best(out: Path, since: float) -> Path | None:
    """The best checkpoint, if it was written after ``since``: an older one is an earlier training's."""
    best = out / BEST
    slack = 2  # seconds to which some file systems round times
    return best if best.is_file() and best.stat().st_mtime >= since - slack else None
