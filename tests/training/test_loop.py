import csv
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

from mien.errors import BadOption, ModelError, SinkError, SourceError, UnknownName
from mien.training import expression, loop, models, recipe
from mien.training.checkpoint import effort_until
from mien.training.machine import Machine, is_first
from mien.training.module import ExpressionModule
from mien.training.recipe import AugmentOptions, DataOptions, Recipe, Schedule
from mien.training.start import fresh

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
# A network of one layer: the loop is tested here, not the learning.
TINY = Recipe("tiny", "tiny", schedule=Schedule(epochs=2, batch=32, decay="plateau", warmup=0, clip=0))


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(name: str, classes: int, channels: int, side: int = 48) -> nn.Module:
        return nn.Sequential(
            nn.AvgPool2d(6), nn.Flatten(), nn.BatchNorm1d(64 * channels), nn.Linear(64 * channels, classes)
        )

    monkeypatch.setattr(models, "names", lambda: ["tiny"])
    monkeypatch.setattr(models, "build", build)


@pytest.fixture(autouse=True)
def _data(made_faces: Path) -> Path:
    return made_faces


def weights(out: Path, name: str = "last") -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(out / f"{name}.ckpt", weights_only=True)["state_dict"]
    return state


def test_a_training_leaves_checkpoints_and_metrics(tmp_path: Path) -> None:
    trained = loop.train(expression.task(TINY), tmp_path / "out", machine=ALONE)
    assert trained.checkpoint == tmp_path / "out" / "best.ckpt"
    assert not trained.interrupted
    assert trained.minutes > 0
    with next((tmp_path / "out" / "metrics").glob("*/metrics.csv")).open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["val_accuracy"]]
    assert len(rows) == 2
    assert {"train_loss", "train_accuracy", "val_loss", "learning_rate"} <= set(rows[0])
    (named,) = (tmp_path / "out").glob("tiny.*.ckpt")
    assert re.fullmatch(rf"tiny\.0[01]-{trained.score:.2f}\.ckpt", named.name)
    assert trained.score == pytest.approx(max(float(row["val_accuracy"]) for row in rows))


def test_rare_expressions_may_count_more_and_votes_be_learned(tmp_path: Path) -> None:
    heavier = replace(TINY, data=DataOptions(balance="loss"), augment=AugmentOptions(mixup=0.4))
    trained = loop.train(expression.task(heavier), tmp_path, machine=ALONE)
    assert 0 <= trained.score <= 1
    assert not any("class_weights" in name for name in weights(tmp_path))


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    loop.train(expression.task(TINY), tmp_path / "a", machine=ALONE)
    loop.train(expression.task(TINY), tmp_path / "b", machine=ALONE)
    loop.train(expression.task(replace(TINY, seed=2)), tmp_path / "c", machine=ALONE)
    a, b, c = (weights(tmp_path / name)["network.3.weight"] for name in "abc")
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_an_interrupted_training_keeps_the_best_and_resumes_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.train(expression.task(TINY), tmp_path / "whole", machine=ALONE)
    step = ExpressionModule.training_step

    def interrupt(module: ExpressionModule, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        if module.current_epoch == 1 and index == 1:
            raise KeyboardInterrupt
        return step(module, batch, index)

    monkeypatch.setattr(ExpressionModule, "training_step", interrupt)
    stopped = loop.train(expression.task(TINY), tmp_path / "parts", machine=ALONE)
    assert stopped.interrupted
    assert stopped.checkpoint.is_file()
    monkeypatch.setattr(ExpressionModule, "training_step", step)
    resumed = loop.train(expression.task(TINY), tmp_path / "parts", machine=ALONE, resume=True)
    assert not resumed.interrupted
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_resumed_training_took_the_time_of_all_its_sittings(tmp_path: Path) -> None:
    short = replace(TINY, schedule=replace(TINY.schedule, epochs=1, decay="none"))
    loop.train(expression.task(short), tmp_path, machine=ALONE)
    assert 0 < effort_until(tmp_path / "last.ckpt")["minutes"] < 10
    kept = torch.load(tmp_path / "last.ckpt", weights_only=True)
    kept["callbacks"]["Effort"]["minutes"] = 42.0
    torch.save(kept, tmp_path / "last.ckpt")
    longer = replace(short, schedule=replace(short.schedule, epochs=2))
    assert loop.train(expression.task(longer), tmp_path, machine=ALONE, resume=True).minutes > 42
    assert effort_until(tmp_path / "last.ckpt")["minutes"] > 42
    assert effort_until(tmp_path / "last.ckpt")["hardware"] == ALONE.words()
    del kept["callbacks"]["Effort"]  # from before they were kept
    torch.save(kept, tmp_path / "old.ckpt")
    assert effort_until(tmp_path / "old.ckpt") == {"minutes": 0, "hardware": ""}


@pytest.mark.parametrize("every", [False, True])
def test_a_training_that_was_moved_keeps_its_best(
    every: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    schedule = replace(TINY.schedule, epochs=1, decay="none", save_every_improvement=every)
    before = loop.train(expression.task(replace(TINY, schedule=schedule)), Path("here"), machine=ALONE)
    shutil.move("here", "there")
    worse = replace(TINY, schedule=replace(schedule, epochs=3))
    monkeypatch.setattr(ExpressionModule, "on_validation_epoch_end", _scores_nothing)
    after = loop.train(expression.task(worse), Path("there"), machine=ALONE, resume=True)
    assert after.score == before.score > 0
    assert torch.load(after.checkpoint, weights_only=True)["epoch"] == 0
    assert [path.name for path in Path("there").glob("tiny.*.ckpt")] == [f"tiny.00-{before.score:.2f}.ckpt"]
    assert not Path("here").exists()


def _scores_nothing(module: ExpressionModule) -> None:
    module.log("val_loss", 9.0)
    module.log("val_accuracy", 0.0)


def test_a_training_that_ended_early_learns_nothing_more_when_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The loss stays as it is, so that every epoch but the first is one without a lower loss.
    monkeypatch.setattr(ExpressionModule, "on_validation_epoch_end", _scores_nothing)
    stopping = replace(TINY, schedule=replace(TINY.schedule, epochs=9, decay="none", stop_after=2))
    for resume in (False, True):
        loop.train(expression.task(stopping), tmp_path, machine=ALONE, resume=resume)
        assert torch.load(tmp_path / "last.ckpt", weights_only=True)["epoch"] == 2


def test_a_resumed_training_draws_and_slows_down_as_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = models.build

    def dropping(*args: object) -> nn.Module:
        return nn.Sequential(nn.Dropout(0.5), plain(*args))  # type: ignore[arg-type]

    monkeypatch.setattr(models, "build", dropping)
    # The loss hardly moves, so that every epoch but the first is one without a lower loss.
    schedule = replace(TINY.schedule, epochs=3, learning_rate=1e-6, factor=0.1, patience=0)
    slow = replace(TINY, schedule=schedule)
    loop.train(expression.task(slow), tmp_path / "whole", machine=ALONE)
    step = ExpressionModule.training_step

    def interrupt(module: ExpressionModule, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        if module.current_epoch == 1:
            raise KeyboardInterrupt
        return step(module, batch, index)

    monkeypatch.setattr(ExpressionModule, "training_step", interrupt)
    loop.train(expression.task(slow), tmp_path / "parts", machine=ALONE)
    monkeypatch.setattr(ExpressionModule, "training_step", step)
    loop.train(expression.task(slow), tmp_path / "parts", machine=ALONE, resume=True)
    whole, parts = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True) for name in ("whole", "parts")
    )
    assert whole["lr_schedulers"] == parts["lr_schedulers"]
    states = [each["state_dict"] for each in (whole, parts)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_another_networks_checkpoint_is_not_resumed(tmp_path: Path) -> None:
    torch.save({"state_dict": {"network.0.weight": torch.zeros(1)}}, tmp_path / "last.ckpt")
    with pytest.raises(ModelError, match=r"not a checkpoint of tiny: Missing key\(s\)"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True)


def test_too_little_room_is_said_before_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    with pytest.raises(SinkError, match=r"0 MiB are free there.*--out"):
        loop.train(expression.task(TINY), tmp_path / "out", machine=ALONE)


def test_room_that_checkpoints_have_already_is_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    each = loop.BYTES_PER_WEIGHT * sum(entry.numel() for entry in expression.task(TINY).module.parameters())
    free = SimpleNamespace(free=3 * each)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    assert loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True).score > 0
    free.free = each - 1
    with pytest.raises(SinkError, match="MiB are free there"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", "utf-8")
    with pytest.raises(SinkError, match=r"Cannot make the folder '.*taken'.*--out"):
        loop.train(expression.task(TINY), tmp_path / "taken", machine=ALONE)
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


def test_a_folder_that_may_not_be_written_is_said_before_the_first_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    monkeypatch.setattr(Trainer, "fit", lambda *_, **__: pytest.fail("trained"))
    with pytest.raises(SinkError, match="You may not write into the folder"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE)


def test_an_earlier_trainings_checkpoint_is_not_taken_for_this_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    os.utime(tmp_path / "best.ckpt", (1000, 1000))
    monkeypatch.setattr(Trainer, "fit", lambda *_, **__: None)
    with pytest.raises(ModelError, match="before it was first validated"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    assert loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True).score > 0


def test_a_training_of_other_pictures_is_not_resumed(tmp_path: Path) -> None:
    loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    fewer = replace(TINY, data=DataOptions(per_class=10), schedule=replace(TINY.schedule, epochs=3))
    with pytest.raises(
        ModelError, match="96 pictures to learn from and 35 to choose by, now there are 70 and"
    ):
        loop.train(expression.task(fewer), tmp_path, machine=ALONE, resume=True)


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="Nothing to resume"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True)


def test_an_interrupt_before_the_first_epoch_ends_in_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ExpressionModule, "training_step", interrupt)
    with pytest.raises(ModelError, match="before it was first validated"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE)


def test_a_loss_that_is_no_number_stops_with_the_way_out(tmp_path: Path) -> None:
    wild = replace(TINY, schedule=replace(TINY.schedule, learning_rate=1e36))
    with pytest.raises(ModelError, match=r"loss became (nan|inf).*learning rate \(now 1e\+36\)"):
        loop.train(expression.task(wild), tmp_path, machine=ALONE)


def test_what_was_best_before_a_loss_that_is_no_number_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ExpressionModule.validation_step

    def spoilt(self: ExpressionModule, batch: tuple[Tensor, Tensor], index: int) -> None:
        plain(self, batch, index)
        self._sums[0] += torch.nan if self.current_epoch else 0

    monkeypatch.setattr(ExpressionModule, "validation_step", spoilt)
    with pytest.raises(ModelError, match=r"nan in epoch 1, its validation.*stays: '.*best\.ckpt'") as caught:
        loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    assert str(tmp_path) in str(caught.value)
    assert weights(tmp_path, "best")


@pytest.mark.parametrize("wish", [{"precision": "3"}, {"accelerator": "tpuu"}])
def test_what_lightning_cannot_do_is_wrong_usage(tmp_path: Path, wish: dict[str, str]) -> None:
    task = expression.task(TINY)
    schedule = replace(task.schedule, precision=wish.get("precision", "32-true"))
    machine = Machine(wish.get("accelerator", "cpu"), devices=1)
    with pytest.raises(BadOption, match=r"cannot be had: .*(3|tpuu)"):
        loop.train(replace(task, schedule=schedule), tmp_path, machine=machine)


def test_without_averaging_the_weights_themselves_are_kept(tmp_path: Path) -> None:
    plain = replace(TINY, schedule=replace(TINY.schedule, ema=0.0, epochs=1))
    loop.train(expression.task(plain), tmp_path, machine=ALONE)
    assert "current_model_state" not in torch.load(tmp_path / "last.ckpt", weights_only=True)


def test_an_unknown_logger_lists_the_valid_ones(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="wandb, tensorboard"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE, logger="paper")


def test_absent_data_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_DATA", str(tmp_path / "none"))
    with pytest.raises(SourceError, match="MIEN_DATA"):
        loop.train(expression.task(TINY), tmp_path / "out", machine=ALONE)
    assert not (tmp_path / "out").exists()


def test_an_unknown_data_set_lists_the_valid_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="fer2013"):
        loop.train(
            expression.task(replace(TINY, data=DataOptions(dataset="fer2012"))), tmp_path, machine=ALONE
        )


def test_a_machine_knows_its_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert Machine("cpu").count(batch=128, smallest_share=32) == 4
    assert Machine("cpu").count(batch=16, smallest_share=32) == 1
    assert Machine("cpu", devices=3).count(batch=128, smallest_share=64) == 3
    assert Machine("gpu").count(batch=128, smallest_share=32) == -1
    assert Machine("gpu").strategy(4) == Machine("cpu", devices=1).strategy(1) == "auto"
    assert Machine("cpu").strategy(4) != "auto"
    assert "8 CPU cores" in Machine("cpu").words()


@pytest.mark.parametrize("variable", ["NODE_RANK", "GROUP_RANK"])
def test_a_process_that_only_helps_ends_with_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    assert is_first()
    monkeypatch.setenv(variable, "1")
    monkeypatch.setattr(Trainer, "fit", lambda *_, **__: None)
    with pytest.raises(SystemExit) as ended:
        loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    assert ended.value.code == 0


@pytest.mark.timeout(900)  # each process loads all there is: long on a busy machine
def test_two_processes_share_an_epoch(
    tmp_path: Path, faces_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Fresh processes: what this process patched is unknown to them, so the real network is used.
    monkeypatch.undo()
    monkeypatch.setenv("MIEN_DATA", str(faces_folder))
    real = recipe.load("mini_xception", epochs=1, precision="32-true")
    trained = loop.train(expression.task(real), tmp_path / "out", machine=Machine("cpu", devices=2))
    assert 0 <= trained.score <= 1
    assert weights(tmp_path / "out", "best")["network.1.weight"].shape == (8, 1, 3, 3)


def test_fewer_epochs_than_were_learned_are_refused(tmp_path: Path) -> None:
    loop.train(expression.task(TINY), tmp_path, machine=ALONE)
    done = TINY.schedule.epochs
    shorter = replace(TINY, schedule=replace(TINY.schedule, epochs=done - 1))
    with pytest.raises(BadOption, match=f"has learned for {done} epochs, and {done - 1} are asked for"):
        loop.train(expression.task(shorter), tmp_path, machine=ALONE, resume=True)


def test_weights_alone_are_not_gone_on_with(tmp_path: Path) -> None:
    state = {f"network.{name}": value for name, value in fresh(TINY, 7).state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "last.ckpt")
    with pytest.raises(ModelError, match="holds weights alone"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True)
    torch.save([1], tmp_path / "last.ckpt")
    with pytest.raises(ModelError, match="not a checkpoint of tiny"):
        loop.train(expression.task(TINY), tmp_path, machine=ALONE, resume=True)
