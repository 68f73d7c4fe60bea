"""How the weights move: the optimiser, and what becomes of its rate."""

import math
from collections.abc import Callable
from typing import Any

import torch
from lightning.pytorch import Trainer
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LinearLR, ReduceLROnPlateau

from mien.training.recipe import Schedule

Groups = list[dict[str, Any]]
Schedulers = list[dict[str, Any]]


def optimizer_and_decay(
    network: nn.Module, schedule: Schedule, trainer: Trainer
) -> tuple[list[torch.optim.Optimizer], Schedulers]:
    """What `LightningModule.configure_optimizers` returns.

    There is no weight decay on biases and batch-norm parameters (one dimension). AdamW's is apart from the
    gradient (Loshchilov and Hutter, 2019); that of Adam and SGD is added to it.
    """
    parameters = [entry for entry in network.parameters() if entry.requires_grad]
    groups: Groups = [
        {"params": [entry for entry in parameters if entry.ndim > 1]},
        {"params": [entry for entry in parameters if entry.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = _MAKERS[schedule.optimizer]([group for group in groups if group["params"]], schedule)
    steps = int(trainer.estimated_stepping_batches)
    return [optimizer], _DECAYS[schedule.decay](optimizer, schedule, steps)


def cosine(step: int, warmup: int, steps: int) -> float:
    """The share of the learning rate at ``step``: a linear rise over ``warmup``, then half a cosine to 0."""
    if step < warmup:
        return (step + 1) / (warmup + 1)
    done = (step - warmup) / max(steps - warmup, 1)
    return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def _adamw(groups: Groups, schedule: Schedule) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)


def _adam(groups: Groups, schedule: Schedule) -> torch.optim.Optimizer:
    return torch.optim.Adam(groups, lr=schedule.learning_rate, weight_decay=schedule.weight_decay)


def _sgd(groups: Groups, schedule: Schedule) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        groups,
        lr=schedule.learning_rate,
        momentum=schedule.momentum,
        nesterov=schedule.nesterov,
        weight_decay=schedule.weight_decay,
    )


_MAKERS: dict[str, Callable[[Groups, Schedule], torch.optim.Optimizer]] = {
    "adamw": _adamw,
    "adam": _adam,
    "sgd": _sgd,
}


def _cosine(optimizer: torch.optim.Optimizer, schedule: Schedule, steps: int) -> Schedulers:
    warmup = _warmup(schedule, steps)
    falling = LambdaLR(optimizer, lambda step: cosine(step, warmup, steps))
    return [{"scheduler": falling, "interval": "step"}]


def _none(optimizer: torch.optim.Optimizer, schedule: Schedule, steps: int) -> Schedulers:
    """The rise alone. It multiplies the rate that it finds, so that another scheduler may lower it later."""
    warmup = _warmup(schedule, steps)
    if not warmup:
        return []
    rising = LinearLR(optimizer, 1 / (warmup + 1), total_iters=warmup)
    return [{"scheduler": rising, "interval": "step"}]


def _plateau(optimizer: torch.optim.Optimizer, schedule: Schedule, steps: int) -> Schedulers:
    """Once an epoch, but counted in steps: Lightning moves what it counts in epochs after the checkpoint of
    the epoch was written, so that a resumed training would lack the last one's loss."""
    lower = ReduceLROnPlateau(optimizer, factor=schedule.factor, patience=schedule.patience)
    each = {"interval": "step", "frequency": max(steps // schedule.epochs, 1)}
    return [*_none(optimizer, schedule, steps), {"scheduler": lower, "monitor": "val_loss", **each}]


_DECAYS: dict[str, Callable[[torch.optim.Optimizer, Schedule, int], Schedulers]] = {
    "cosine": _cosine,
    "plateau": _plateau,
    "none": _none,
}


def _warmup(schedule: Schedule, steps: int) -> int:
    """In steps."""
    return steps * schedule.warmup // schedule.epochs
