"""A recipe's file on the way to curves, table and model; going on; pictures of odd sizes."""

import csv
import logging
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

import face_sets
from mien.errors import BadOption
from mien.training import curves, loop
from mien.training.machine import Machine
from mien.training.recipe import Schedule
from mien.training.yolo import job
from mien.training.yolo.data import Scenes
from mien.training.yolo.module import YoloModule
from mien.training.yolo.options import DataOptions, SceneOptions
from mien.training.yolo.recipe import YoloRecipe

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
RECIPE = """
model = "yolo_expression"
task = "expression_detection"
steps = 2
rights = "none"

[network]
width = 0.0625
depth = 0.1

[data]
sides = [64]
select_side = 64

[[data.sets]]
scenes = "crops:fer2013,split=Training"

[[data.sets]]
scenes = "crops:fer2013,split=PublicTest"
use = "select"

[schedule]
epochs = 4
batch = 4
warmup = 0
decay = "plateau"
patience = 1
stop_after = 3
ema = 0.9
"""


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    face_sets.fer2013(tmp_path)
    return tmp_path


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(RECIPE, "utf-8")
    return path


def weights(out: Path) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(out / "last.ckpt", weights_only=True)["state_dict"]
    return state


def test_a_recipes_file_becomes_curves_and_a_table(recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    chosen = job.load(str(recipe), epochs=2)
    assert (chosen.schedule.decay, chosen.schedule.stop_after) == ("plateau", 3)
    loop.train(job.task(chosen), out, machine=ALONE)
    with next((out / "metrics").glob("*/metrics.csv")).open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["val_map50"]]
    assert len(rows) == 2
    stated = {"val_loss", "val_precision", "val_found", "train_box", "train_objectness", "train_expression"}
    assert stated <= set(rows[0])
    drawn = curves.write(out)
    assert len(drawn["val_precision"]) == len(drawn["val_map50"]) == 2
    assert (out / "curves.png").stat().st_size > 1000


def test_what_was_interrupted_goes_on_exactly(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = job.load(str(recipe), epochs=2)
    loop.train(job.task(chosen), tmp_path / "whole", machine=ALONE)
    step = YoloModule.training_step

    def interrupt(module: YoloModule, batch: dict[str, Tensor], index: int) -> Tensor:
        if module.current_epoch == 1 and index == 1:
            raise KeyboardInterrupt
        return step(module, batch, index)

    monkeypatch.setattr(YoloModule, "training_step", interrupt)
    assert loop.train(job.task(chosen), tmp_path / "parts", machine=ALONE).interrupted
    monkeypatch.setattr(YoloModule, "training_step", step)
    loop.train(job.task(chosen), tmp_path / "parts", machine=ALONE, resume=True)
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_anchors_that_fit_no_face_end_the_training_with_some_that_do(recipe: Path) -> None:
    chosen = replace(job.load(str(recipe)), anchors=(900.0, 900.0) * 9)
    with pytest.raises(BadOption, match=r"An anchor fits 0\.0% .*Fitting 100\.0% would be: anchors = \["):
        job.task(chosen)


def test_pictures_of_any_size_are_learnt_from_and_chosen_by(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """From one pixel to 8,000 a side; and one without a face, whose label file is empty."""
    own = tmp_path / "odd"
    sizes = {"dot": (1, 1), "line": (8000, 1), "post": (3, 8000), "large": (8000, 8000), "none": (60, 40)}
    for name, (width, height) in sizes.items():
        (own / "images").mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(own / "images" / f"{name}.png"), np.full((height, width), 130, np.uint8))
        face_sets.write(own / "labels" / f"{name}.txt", [] if name == "none" else ["3 0.5 0.5 0.5 0.5"])
    odd = "yolo:odd,labels=fer7"
    data = DataOptions((SceneOptions(odd), SceneOptions(odd, use="select")), (64,), (1.0,), 64)
    recipe = YoloRecipe("odd", steps=6, data=data, schedule=Schedule(epochs=1, batch=8))
    with caplog.at_level(logging.WARNING):
        scenes = Scenes(recipe)
        (chosen,) = scenes.val_dataloader()
        learnt = list(scenes.train_dataloader())
    assert not caplog.records
    assert chosen["pictures"].shape == (5, 3, 64, 64)
    assert set(chosen["boxes"][:, 0].tolist()) == {0, 1, 2, 4}  # all but "none", in the order of names
    (large,) = chosen["boxes"][chosen["boxes"][:, 0] == 1]
    assert large[1:].tolist() == pytest.approx([3, 32, 32, 32, 32])
    for batch in learnt:
        assert batch["pictures"].shape == (8, 3, 64, 64)
        assert torch.isfinite(batch["boxes"]).all()
    assert any(len(batch["boxes"]) for batch in learnt)
