from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from torch import nn

from mien.training.optimizer import cosine, optimizer_and_decay
from mien.training.recipe import Schedule


class FakeTrainer:
    """A training of so many steps."""

    estimated_stepping_batches = 100


def made(schedule: Schedule) -> tuple[torch.optim.Optimizer, list[dict[str, Any]]]:
    network = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    trainer: Trainer = FakeTrainer()  # type: ignore[assignment]
    (optimizer,), schedulers = optimizer_and_decay(network, schedule, trainer)
    return optimizer, schedulers


def rates(schedule: Schedule, losses: list[float]) -> list[float]:
    """The learning rate at each of 10 steps an epoch, as Lightning drives the schedulers."""
    optimizer, schedulers = made(schedule)
    seen = []
    for loss in losses:
        for _ in range(10):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            for each in schedulers:
                if "monitor" not in each:
                    each["scheduler"].step()
        for each in schedulers:
            if "monitor" in each:
                assert (each["interval"], each["frequency"]) == (
                    "step",
                    10,
                )  # before the checkpoint is written
                each["scheduler"].step(loss)
    return seen


def test_cosine_rises_then_falls_to_zero() -> None:
    shares = [cosine(step, 10, 100) for step in range(101)]
    assert shares[0] == pytest.approx(1 / 11)
    assert shares[10] == 1
    assert shares[10:] == sorted(shares[10:], reverse=True)
    assert shares[100] == pytest.approx(0)


def test_biases_and_batch_norm_do_not_decay() -> None:
    groups = made(Schedule(weight_decay=1e-4))[0].param_groups
    assert [len(group["params"]) for group in groups] == [1, 3]
    assert [group["weight_decay"] for group in groups] == [1e-4, 0.0]


@pytest.mark.parametrize(
    ("name", "kind"), [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam), ("sgd", torch.optim.SGD)]
)
def test_each_optimizer_can_be_had(name: str, kind: type) -> None:
    optimizer, _ = made(Schedule(optimizer=name, learning_rate=0.2))
    assert type(optimizer) is kind
    assert optimizer.defaults["lr"] == 0.2


def test_sgd_has_its_momentum() -> None:
    optimizer, _ = made(Schedule(optimizer="sgd", momentum=0.8, nesterov=True))
    assert (optimizer.defaults["momentum"], optimizer.defaults["nesterov"]) == (0.8, True)


def test_a_plateau_lowers_the_rate_by_its_factor_after_the_rise() -> None:
    schedule = Schedule(epochs=10, learning_rate=1.0, warmup=1, decay="plateau", factor=0.1, patience=1)
    found = rates(schedule, [1.0, 0.9, 0.9, 0.9, 0.9])
    assert found[0] == pytest.approx(1 / 11)
    assert found[10:40] == pytest.approx([1.0] * 30)
    assert found[40:] == pytest.approx([0.1] * 10)


def test_without_decay_the_rate_rises_and_stays() -> None:
    found = rates(Schedule(epochs=10, learning_rate=1.0, warmup=2, decay="none"), [1.0] * 4)
    assert found[:20] == sorted(found[:20])
    assert found[20:] == pytest.approx([1.0] * 20)
    assert made(Schedule(warmup=0, decay="none"))[1] == []
