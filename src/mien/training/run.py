"""The whole way in one call: recipe, training, export."""

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from mien.artifact import Card
from mien.errors import BadOption, UnknownName
from mien.training import curves, loop, papers, recipe, record
from mien.training.callbacks import LAST
from mien.training.checkpoint import load_weights
from mien.training.machine import HERE, Machine
from mien.training.recipe import Recipe

logger = logging.getLogger(__name__)

JOBS = {
    "expression": "mien.training.expression",
    "geometry": "mien.training.geometry.job",
    "detection": "mien.training.detection.job",
    "expression_detection": "mien.training.yolo.job",
    "landmarks": "mien.training.landmarks.job",
}
"""By a recipe's ``task``, the module with ``load(name, **schedule) -> recipe``, ``task(recipe) -> loop.Task``
and ``export(recipe, checkpoint, out, *, minutes, hardware)``, which returns the ``path`` and ``card`` of an
artifact."""
DEFAULT = "expression"


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a recipe: the training's result and the model."""

    trained: loop.Trained
    path: Path
    card: Card


class Noted(Callback):
    """Leaves the recipe in the folder with the first checkpoint: what ends before spoils no earlier training.

    Where there was one its last checkpoint goes, so that it is not resumed by a recipe that is not its own;
    that of a training that goes on stays, and the recipe then says of how many epochs it has become.
    """

    def __init__(self, chosen: Any, folder: Path, resume: bool) -> None:
        self._chosen, self._folder, self._noted, self._resume = chosen, folder, False, resume

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: Any) -> None:
        if trainer.is_global_zero and not self._noted:
            if not self._resume:
                (self._folder / LAST).unlink(missing_ok=True)
            record.write(self._chosen, self._folder)
        self._noted = True


class Told(Callback):
    """Tells the recipe to the service that logs the training, so that runs can be compared by their settings.

    The first logger is no service but the CSV file, which has the recipe beside it.
    """

    def __init__(self, chosen: Any) -> None:
        self._chosen = chosen

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for service in trainer.loggers[1:]:
            service.log_hyperparams(asdict(self._chosen))


def run(
    name: str,
    out: Path | None = None,
    *,
    start: Path | None = None,
    seed: int | None = None,
    machine: Machine = HERE,
    log_to: str = "",
    resume: bool = False,
    **schedule: Any,  # typed by `recipe.Schedule`
) -> Run:
    """Train by the recipe ``name`` (or the path of one) into ``out`` (else ``runs/<name>``), export the best.

    Learning begins with the weights of the checkpoint ``start``, where one is given. ``seed`` and
    ``schedule`` values that are not None win over the recipe's. See `loop.train` for the other arguments and
    for what is raised; `ModelError` also where ``start`` holds another network, and
    `BadOption` for the recipe of a fine-tuning.
    """
    job, chosen = load(name, **schedule)
    if seed is not None:
        recipe.check_seed(seed)
        chosen = replace(chosen, seed=seed)
    folder = out or Path("runs") / chosen.name
    if resume:
        record.check(chosen, folder)  # before the data is read
    elif base := getattr(chosen, "base", ""):
        raise BadOption(
            f"The recipe '{name}' is of a training that went on from {base}: repeat it with "
            f"--from {base}, or what starts from nothing would be called the same."
        )
    if start is not None and not resume:
        spare(start, folder)
    task = job.task(chosen)
    if start is not None and not resume:
        network = getattr(chosen, "model", chosen.name)  # tasks with but one network do not name it
        load_weights(task.module.get_submodule("network"), start, network).train()
    return finish(job, chosen, task, folder, machine=machine, log_to=log_to, resume=resume)


def spare(start: Path, folder: Path) -> None:
    """Raise `BadOption` where ``folder``, for what comes out, holds the weights ``start`` to begin with."""
    if start.resolve().parent == folder.resolve():
        raise BadOption(
            f"'{folder}' holds what the training starts from, '{start.name}': it would be overwritten. "
            "Choose another folder with --out."
        )


def finish(
    job: Any,
    chosen: Any,
    task: loop.Task,
    folder: Path,
    *,
    machine: Machine = HERE,
    log_to: str = "",
    resume: bool = False,
) -> Run:
    """Train ``task``, which the recipe ``chosen`` of ``job`` stands for, into ``folder``; export the best.

    Beside the checkpoints ``folder`` gets ``recipe.json``, ``curves.json`` and ``curves.png``, and where the
    recipe repeats a paper ``paper.json`` (see `papers.compare`). Raises
    `BadOption` where what is to be resumed was trained by another recipe; else as `loop.train`.
    """
    if resume:
        record.check(chosen, folder)
    elif (folder / LAST).is_file():
        logger.warning(
            "'%s' holds an earlier training, which this one replaces; --resume would have gone on with it.",
            folder,
        )
    beside = (Told(chosen), Noted(chosen, folder, resume))
    trained = loop.train(task, folder, machine=machine, logger=log_to, resume=resume, beside=beside)
    with _telling_how_to_export(folder):
        curves.write(folder)
        effort: dict[str, Any] = {"minutes": trained.minutes, "hardware": machine.words()}
        made = job.export(chosen, trained.checkpoint, folder, **effort)
    (folder / papers.FILE).unlink(missing_ok=True)  # an earlier training's
    if isinstance(chosen, Recipe) and chosen.paper.accuracy:
        papers.write(chosen, made.path, folder)
    logger.info("%s: scored %.4f, exported to %s", chosen.name, trained.score, made.path)
    return Run(trained, made.path, made.card)


@contextmanager
def _telling_how_to_export(folder: Path) -> Iterator[None]:
    """Who presses Ctrl-C again, or has no room for the model, has not lost the training."""
    try:
        yield
    except (KeyboardInterrupt, OSError):
        logger.warning("'%s' holds the best weights, but no model of them: mien export %s", folder, folder)
        raise


def load(name: str, **schedule: Any) -> tuple[Any, Any]:
    """The job (see `JOBS`) of the recipe called ``name``, or at that path, and the recipe itself."""
    job = importlib.import_module(JOBS[task_of(name)])
    return job, job.load(name, **schedule)


def task_of(name: str) -> str:
    """What the recipe called ``name``, or at that path, is for: one of `JOBS`."""
    task = str(recipe.read(name)[1].get("task", DEFAULT))
    if task not in JOBS:
        raise UnknownName("task", task, JOBS)
    return task
