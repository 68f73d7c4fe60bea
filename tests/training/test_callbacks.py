from pathlib import Path

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping
from torch import Tensor, nn
from torch.utils.data import DataLoader

from mien.training.callbacks import Improvements, average, best_score, callbacks
from mien.training.quiet import quiet
from mien.training.recipe import Schedule

pytestmark = pytest.mark.train
SCORES = (0.31, 0.25, 0.62, 0.5)


class Scored(LightningModule):
    """Learns nothing; each epoch has the next of `SCORES`."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def training_step(self, batch: Tensor, index: int) -> Tensor:
        return self.layer(batch).sum()  # type: ignore[no-any-return]

    def validation_step(self, batch: Tensor, index: int) -> None:
        self.log("val_accuracy", SCORES[self.current_epoch])
        self.log("val_loss", 1.0)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(schedule: Schedule, out: Path) -> list[str]:
    data = DataLoader(torch.zeros(1, 1))  # type: ignore[arg-type]
    with quiet():
        trainer = Trainer(
            accelerator="cpu",
            max_epochs=schedule.epochs,
            callbacks=callbacks("my{model}", schedule, "val_accuracy", out),
            logger=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(Scored(), data, data)
    return sorted(path.name for path in out.glob("*.ckpt"))


def test_the_best_has_a_name_that_tells_which_it_is(tmp_path: Path) -> None:
    found = fit(Schedule(epochs=4, ema=0.0), tmp_path)
    assert found == ["best.ckpt", "last.ckpt", "my(model).02-0.62.ckpt"]
    assert best_score(tmp_path / "best.ckpt") == pytest.approx(0.62)


def test_nothing_right_is_a_score_too(tmp_path: Path) -> None:
    torch.save({"callbacks": {"a": {}, "b": {"best_model_score": torch.tensor(0.0)}}}, tmp_path / "x.ckpt")
    assert best_score(tmp_path / "x.ckpt") == 0


def test_each_improvement_can_be_kept(tmp_path: Path) -> None:
    found = fit(Schedule(epochs=4, ema=0.9, save_every_improvement=True), tmp_path)
    assert found == ["best.ckpt", "last.ckpt", "my(model).00-0.31.ckpt", "my(model).02-0.62.ckpt"]


def test_what_was_not_measured_is_no_improvement() -> None:
    assert not Improvements(monitor="val_accuracy").check_monitor_top_k(None)  # type: ignore[arg-type]


def test_early_stopping_and_averaging_are_options(tmp_path: Path) -> None:
    def kinds(**changes: object) -> set[str]:
        schedule = Schedule(**changes)  # type: ignore[arg-type]
        return {type(each).__name__ for each in callbacks("x", schedule, "val_accuracy", tmp_path)}

    assert "EarlyStopping" not in kinds()
    assert "EarlyStopping" in kinds(stop_after=3)
    assert "WeightAveraging" in kinds()
    assert "WeightAveraging" not in kinds(ema=0.0)
    (early,) = (
        each
        for each in callbacks("x", Schedule(stop_after=3), "val_accuracy", tmp_path)
        if isinstance(each, EarlyStopping)
    )
    assert (early.monitor, early.patience) == ("val_loss", 3)


def test_a_loss_that_falls_no_more_ends_the_training(tmp_path: Path) -> None:
    fit(Schedule(epochs=4, ema=0.0, stop_after=1), tmp_path)
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["epoch"] == 1


@pytest.mark.parametrize(("seen", "moved"), [(0, 0.9), (100_000, 0.01)])
def test_the_average_follows_faster_at_first(seen: int, moved: float) -> None:
    mean, current = [torch.zeros(2), torch.full((3,), 4.0)], [torch.ones(2), torch.full((3,), 5.0)]
    average(mean, current, torch.tensor(seen), 0.99)
    torch.testing.assert_close(mean, [torch.full((2,), moved), torch.full((3,), 4 + moved)])
    torch.testing.assert_close(current, [torch.ones(2), torch.full((3,), 5.0)])


def test_counts_are_not_averaged() -> None:
    mean = [torch.tensor(3)]
    average(mean, [torch.tensor(8)], torch.tensor(100), 0.99)
    assert mean == [torch.tensor(8)]


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_weights_of_another_precision_are_averaged_in_float32(kind: torch.dtype) -> None:
    mean = [torch.zeros(2)]
    average(mean, [torch.ones(2, dtype=kind)], torch.tensor(0), 0.99)
    torch.testing.assert_close(mean, [torch.full((2,), 0.9)])
