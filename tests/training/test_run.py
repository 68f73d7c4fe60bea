import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch import LightningModule

from mien import registry
from mien.errors import BadOption, ModelError, UnknownName
from mien.training import expression, loop, papers, run
from mien.training.machine import Machine
from mien.training.module import ExpressionModule

pytestmark = pytest.mark.train


def test_a_recipe_becomes_a_model_that_loads(
    tmp_path: Path, made_faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = tmp_path / "own.toml"
    recipe.write_text('model = "mini_xception"\n[schedule]\nepochs = 2\nbatch = 32\nlearning_rate = 1e-2\n')
    done = run.run(str(recipe), machine=Machine("cpu", devices=1), epochs=1)
    assert done.path == Path("runs/own/own.onnx")
    assert done.trained.checkpoint == Path("runs/own/best.ckpt")
    assert done.card.figures["accuracy"] == pytest.approx(done.trained.score, abs=1e-4)
    assert registry.load("classifiers", str(done.path)).labels[3] == "happy"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_what_ends_the_export_is_told_how_to_repeat_it(
    tmp_path: Path,
    made_faces: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
) -> None:
    def end(*_: object, **__: object) -> None:
        raise error

    kept = loop.Trained(tmp_path / "best.ckpt", 0.5, 1.0)
    monkeypatch.setattr(loop, "train", lambda *_, **__: kept)
    monkeypatch.setattr(expression, "export", end)
    with pytest.raises(type(error)):
        run.run("cnn3", tmp_path, epochs=1)
    assert f"mien export {tmp_path}" in caplog.text


def test_an_earlier_trainings_paper_is_not_shown_again(tmp_path: Path, made_faces: Path) -> None:
    (tmp_path / papers.FILE).write_text("{}")
    run.run("cnn3", tmp_path, machine=Machine("cpu", devices=1), epochs=1, batch=32)
    assert papers.read(tmp_path) is None


def test_a_second_sitting_begins_with_the_weights_of_the_first(tmp_path: Path, made_faces: Path) -> None:
    recipe = tmp_path / "own.toml"
    recipe.write_text(
        'model = "mini_xception"\n[schedule]\nepochs = 1\nbatch = 32\nlearning_rate = 1e-2\nwarmup = 0\n'
    )
    alone = Machine("cpu", devices=1)
    first = run.run(str(recipe), tmp_path / "first", machine=alone)
    second = run.run(
        str(recipe), tmp_path / "second", start=first.trained.checkpoint, machine=alone, learning_rate=1e-12
    )
    one, other = (load_state(each.trained.checkpoint) for each in (first, second))
    weights = [name for name in one if name.endswith("weight")]
    assert weights
    for name in weights:
        torch.testing.assert_close(other[name], one[name])
    with pytest.raises(
        ModelError, match=r"not a checkpoint of cnn3 \(its folder is one of mini_xception\): "
    ):
        run.run("cnn3", tmp_path / "third", start=first.trained.checkpoint, machine=alone)


def test_the_task_of_a_recipe_is_known_before_it_is_loaded(tmp_path: Path) -> None:
    assert run.task_of("mini_xception") == "expression"
    assert run.task_of("mien_face") == "detection"
    odd = tmp_path / "odd.toml"
    odd.write_text('task = "music"\n')
    with pytest.raises(UnknownName, match="music"):
        run.task_of(str(odd))


def load_state(checkpoint: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(checkpoint, weights_only=True)["state_dict"]
    return state


def test_what_fails_before_it_learns_leaves_an_earlier_trainings_recipe_alone(
    tmp_path: Path, made_faces: Path
) -> None:
    alone = Machine("cpu", devices=1)
    run.run("cnn3", tmp_path, machine=alone, epochs=1, batch=32)
    kept = (tmp_path / "recipe.json").read_text()
    with pytest.raises(BadOption, match="precision=3"):
        run.run("cnn3", tmp_path, machine=alone, epochs=1, precision="3")
    assert (tmp_path / "recipe.json").read_text() == kept


def test_what_ends_before_its_first_checkpoint_leaves_an_earlier_training_whole(
    tmp_path: Path, made_faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = Machine("cpu", devices=1)
    run.run("cnn3", tmp_path, machine=alone, epochs=1, batch=32, decay="none")
    kept = (tmp_path / "recipe.json").read_text()
    os.utime(tmp_path / "best.ckpt", (0, 0))  # one of the last two seconds passes for the new training's own
    step = ExpressionModule.training_step

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ExpressionModule, "training_step", interrupt)
    with pytest.raises(ModelError, match="before it was first validated"):
        run.run("cnn3", tmp_path, machine=alone, epochs=2, batch=16, decay="none")
    monkeypatch.setattr(ExpressionModule, "training_step", step)
    assert (tmp_path / "recipe.json").read_text() == kept
    # What is there was trained in batches of 32: no training in batches of 16 goes on from it.
    with pytest.raises(BadOption, match=r"schedule\.batch: 32 then, 16 now"):
        run.run("cnn3", tmp_path, machine=alone, epochs=2, batch=16, decay="none", resume=True)


def test_a_training_that_goes_on_for_longer_can_go_on_again(
    tmp_path: Path, made_faces: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alone, same = Machine("cpu", devices=1), {"batch": 32, "decay": "none"}
    run.run("cnn3", tmp_path, machine=alone, epochs=1, **same)
    for epochs in (2, 2):
        run.run("cnn3", tmp_path, machine=alone, epochs=epochs, resume=True, **same)
        assert json.loads((tmp_path / "recipe.json").read_text())["schedule"]["epochs"] == 2
    assert "holds an earlier training" not in caplog.text
    run.run("cnn3", tmp_path, machine=alone, epochs=1, **same)
    assert "holds an earlier training, which this one replaces" in caplog.text


def test_a_service_is_told_the_recipe_and_the_csv_file_is_not() -> None:
    told: dict[str, Any] = {}

    class Service:
        def __init__(self, name: str) -> None:
            self.name = name

        def log_hyperparams(self, settings: dict[str, Any]) -> None:
            told[self.name] = settings

    trainer: Any = SimpleNamespace(loggers=[Service("csv"), Service("wandb")])
    _, chosen = run.load("cnn3")
    run.Told(chosen).on_train_start(trainer, LightningModule())
    assert list(told) == ["wandb"]
    assert told["wandb"]["schedule"]["epochs"] == chosen.schedule.epochs


def test_a_seed_that_is_too_large_is_refused_wherever_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="seed=5000000000 must be from 0 to 4294967295"):
        run.run("cnn3", tmp_path, seed=5_000_000_000)
