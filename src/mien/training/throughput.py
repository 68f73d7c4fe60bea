"""How busy a training keeps the machine: its rate beside that of one batch learned again and again.

The second is what network, loss and optimiser could do if pictures, changes, averaging and the loop around
them cost nothing. Both are taken in turns within one training, so that other work falls on both alike.
"""

import copy
import csv
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor, nn
from torch.nn import functional

from mien.datasets.base import Samples
from mien.evaluation import machine as facts
from mien.training import expression, loop, recipe, sets, start
from mien.training.loggers import METRICS
from mien.training.machine import HERE, Machine
from mien.training.optimizer import optimizer_and_decay
from mien.training.options import DistillOptions
from mien.training.parts import Part
from mien.training.recipe import Recipe, Schedule
from mien.training.sets import Parts

STEPS, ROUNDS = 12, 8
SIDE = 48
"""Pixels of the made pictures, as FER2013 has them."""
_COLUMNS = ("learned_per_second", "fixed_per_second", "busy")


def measure(
    name: str, *, machine: Machine = HERE, steps: int = STEPS, rounds: int = ROUNDS, **schedule: Any
) -> dict[str, Any]:
    """Pictures per second that the recipe ``name`` learns from, over all processes, and of a fixed batch.

    ``busy`` is the median over ``rounds`` of their share, ``steps`` steps each. Pictures are made, so no data
    set is needed; validation, checkpoints and a teacher are not counted. Raises as `recipe.load` and
    `loop.train` do.
    """
    chosen = replace(recipe.load(name, **{**schedule, "epochs": 1}), distill=DistillOptions())
    data = _made(chosen, steps * (rounds + 1) * chosen.schedule.batch)
    task = expression.prepared(chosen, data, start.fresh(chosen, data.outputs))
    with tempfile.TemporaryDirectory() as folder:
        loop.train(task, Path(folder), machine=machine, beside=[Turns(task.schedule, steps)])
        found = _read(Path(folder))
    return {
        "what": "training",
        "machine": facts.facts(),
        "hardware": machine.words(),
        "recipe": chosen.name,
        "batch": task.schedule.batch,
        "precision": task.schedule.precision,
        "rounds": rounds,
        **found,
    }


class Turns(Callback):
    """Lets every ``steps`` steps be followed by as many on a fixed batch, and logs the pace of both.

    The first round is not counted. Each process measures itself; the log has the mean over processes, and
    rates of all of them together.
    """

    def __init__(self, schedule: Schedule, steps: int) -> None:
        self._schedule, self._steps = schedule, steps
        self._twin: _Twin | None = None
        self._learned: list[float] = []
        self._fixed: list[float] = []
        self._since = 0.0

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: tuple[Tensor, Tensor], batch_idx: int
    ) -> None:
        if self._twin is None:
            self._twin = _Twin(trainer, pl_module, self._schedule, batch)
            self._since = time.perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if (batch_idx + 1) % self._steps or self._twin is None:
            return
        trainer.strategy.barrier()
        _wait(pl_module)
        learned = time.perf_counter() - self._since
        fixed = self._twin.run(self._steps)
        if batch_idx >= self._steps:
            self._learned.append(learned)
            self._fixed.append(fixed)
        trainer.strategy.barrier()
        self._since = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._twin is None or not self._learned:
            return
        pictures = self._steps * self._twin.pictures * trainer.world_size
        shares = [fixed / learned for fixed, learned in zip(self._fixed, self._learned, strict=True)]
        values = (
            pictures / statistics.median(self._learned),
            pictures / statistics.median(self._fixed),
            statistics.median(shares),
        )
        for name, value in zip(_COLUMNS, values, strict=True):
            pl_module.log(name, value, on_step=False, on_epoch=True, batch_size=1, sync_dist=True)


class _Twin:
    """A copy of the network that learns one batch again and again, with an optimiser of its own."""

    def __init__(
        self, trainer: Trainer, module: LightningModule, schedule: Schedule, batch: tuple[Tensor, Tensor]
    ) -> None:
        self._network = copy.deepcopy(module.get_submodule("network"))
        (self._optimizer,), _ = optimizer_and_decay(self._network, schedule, trainer)
        self._precision, self._module, self._schedule = trainer.precision_plugin, module, schedule
        self._batch = batch
        self.pictures = len(batch[1])

    def run(self, steps: int) -> float:
        """Seconds that ``steps`` steps take."""
        began = time.perf_counter()
        for _ in range(steps):
            self._step()
        _wait(self._module)
        return time.perf_counter() - began

    def _step(self) -> None:
        pictures, targets = self._batch
        self._optimizer.zero_grad(set_to_none=True)
        with self._precision.train_step_context():
            logits = self._network(pictures)
            loss = functional.cross_entropy(logits, targets, label_smoothing=self._schedule.label_smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        if self._schedule.clip:
            nn.utils.clip_grad_norm_(self._network.parameters(), self._schedule.clip)
        self._optimizer.step()


def _wait(module: LightningModule) -> None:
    """A GPU works on after a call returns."""
    if module.device.type == "cuda":
        torch.cuda.synchronize(module.device)


def _made(chosen: Recipe, count: int) -> Parts:
    """``count`` noisy pictures to learn from, and a few to choose by."""
    labels = sets.wanted_labels(chosen)
    random = np.random.default_rng(0)

    def part(name: str, size: int) -> Part:
        images = random.integers(0, 256, (size, SIDE, SIDE), np.uint8)
        samples = Samples(images, np.arange(size) % len(labels), np.arange(size))
        return Part(name, samples, np.ones(size, np.float32), np.zeros(size, bool))

    return Parts(labels, part("made", count), part("made", 2 * len(labels)), None, ())


def _read(folder: Path) -> dict[str, float]:
    """What the log of the training in ``folder`` says, rounded."""
    found: dict[str, float] = {}
    for path in (folder / METRICS).glob("version_*/metrics.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                found |= {name: float(row[name]) for name in _COLUMNS if row.get(name)}
    digits = {"busy": 3}
    return {name: round(value, digits.get(name, 0)) for name, value in found.items()}
