"""From the recipe to a landmarker that runs."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from face_points import draw, place, template
from mien import artifact, registry
from mien.artifact import InputSpec
from mien.datasets import _landmarks68
from mien.errors import BadOption, ModelError, UnknownName
from mien.training import loop, recipe, run
from mien.training.data import Pick
from mien.training.landmarks import export, job, network
from mien.training.landmarks.augment import PointAugment
from mien.training.landmarks.data import LONGEST, Batches, region
from mien.training.landmarks.recipe import PointRecipe
from mien.training.machine import Machine
from mien.types import Box

ONE = Machine("cpu", devices=1)
pytestmark = pytest.mark.train


def test_the_published_recipe_is_read_by_its_job() -> None:
    module, chosen = run.load("mien_68", epochs=3)
    assert module is job
    assert "mien_68" in recipe.names()
    assert chosen.schedule.epochs == 3
    assert chosen.augment == PointAugment()
    assert chosen.input.width == 80


def test_a_recipe_with_an_oblong_input_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('task = "landmarks"\n[input]\nwidth = 96\n', "utf-8")
    with pytest.raises(BadOption, match="96 x 80"):
        job.load(str(path))


def test_regions_keep_the_points_on_the_face() -> None:
    points = place(template(), Box(100, 120, 400, 460))
    cut, moved = region(draw(points, 600, 600), points)
    assert cut.shape == (LONGEST, LONGEST)
    middle = moved.mean(axis=0)
    assert np.abs(middle - LONGEST / 2).max() < 0.1 * LONGEST
    x, y = np.round(moved[36:42].mean(axis=0) - 0.5).astype(int)
    assert cut[y, x] < 60


def test_batches_are_as_the_network_wants_them(small: PointRecipe) -> None:
    portraits = _landmarks68.load("train", small.data.folder)
    pick = Pick(torch.tensor([3, 0, 5]), seed=9)
    plain = Batches(portraits, small.input, small.crop)
    varied = Batches(portraits, small.input, small.crop, small.augment)
    pictures, points, distances = plain[pick]
    assert pictures.shape == (3, 1, 32, 32)
    assert points.shape == (3, 68, 2)
    assert distances.shape == (3,)
    assert {part.dtype for part in (*plain[pick], *varied[pick])} == {torch.float32}
    assert all(torch.equal(first, second) for first, second in zip(varied[pick], varied[pick], strict=True))
    assert not torch.equal(varied[pick][0], pictures)


@pytest.fixture(scope="module")
def learnt(small: PointRecipe, tmp_path_factory: pytest.TempPathFactory) -> tuple[PointRecipe, Path]:
    """A recipe and what it left: exporting takes seconds, so it is done once."""
    schedule = replace(small.schedule, epochs=6)
    recipe = replace(small, schedule=schedule, augment=PointAugment(rotate=10, cover=0))
    out = tmp_path_factory.mktemp("run")
    trained = loop.train(job.task(recipe), out, machine=ONE)
    made = job.export(recipe, trained.checkpoint, out, minutes=1.0, hardware="a test")
    assert made.card.figures["nme"] == pytest.approx(1 - trained.score, abs=0.02)
    return recipe, made.path


def test_learning_goes_from_recipe_to_landmarker(learnt: tuple[PointRecipe, Path]) -> None:
    model = artifact.load(str(learnt[1]), "landmarks")
    figures = model.card.figures
    assert figures["nme"] < 0.6  # it begins with all points in the middle
    assert figures["measured_on"] == "landmarks68 val, 8 faces, boxes by the labels"
    assert set(figures["nme_by_region"]) == {"jaw", "brows", "nose", "eyes", "mouth"}
    assert "research use" in model.card.rights
    landmarker = registry.load("landmarkers", str(learnt[1]))
    assert landmarker.locate(np.zeros((50, 50, 3), np.uint8), Box(5, 5, 40, 45)).shape == (68, 2)


def test_the_error_is_logged_by_epoch(learnt: tuple[PointRecipe, Path]) -> None:
    (path,) = (learnt[1].parent / "metrics").rglob("metrics.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        found = [float(row["val_nme"]) for row in csv.DictReader(lines) if row["val_nme"]]
    assert len(found) == 6
    assert found[-1] < found[0]


def test_figures_may_come_from_a_detectors_boxes(learnt: tuple[PointRecipe, Path]) -> None:
    recipe, path = learnt
    chosen = replace(recipe, data=replace(recipe.data, detector="haar"))
    figures = export._figures(chosen, artifact.load(str(path), "landmarks"))
    assert figures["measured_on"].endswith("boxes by haar")
    assert 0 <= figures["faces_missed_by_detector"] <= 8


def test_an_export_that_answers_differently_is_refused(learnt: tuple[PointRecipe, Path]) -> None:
    fresh = network.build(learnt[0].input.width)
    with pytest.raises(ModelError, match="differ by"):
        export._difference(fresh, learnt[1].read_bytes(), learnt[0])


def test_a_checkpoint_of_another_network_is_refused(small: PointRecipe, tmp_path: Path) -> None:
    torch.save({"state_dict": {"network.weight": torch.zeros(3)}}, tmp_path / "other.ckpt")
    with pytest.raises(ModelError, match="not a checkpoint of small_68"):
        export.export(small, tmp_path / "other.ckpt", tmp_path)


def test_a_second_sitting_begins_with_the_weights_of_the_first(
    learnt: tuple[PointRecipe, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.toml").write_text(
        'task = "landmarks"\n[input]\nwidth = 32\nheight = 32\n'
        f"[data]\nfolder = '{learnt[0].data.folder}'\n"
    )
    begun: list[loop.Task] = []
    monkeypatch.setattr(run, "finish", lambda job, chosen, task, *_, **__: begun.append(task))
    first = learnt[1].parent / "best.ckpt"
    run.run(str(tmp_path / "own.toml"), tmp_path, start=first, machine=ONE)
    kept = torch.load(first, weights_only=True)["state_dict"]
    for name, values in begun[0].module.state_dict().items():
        torch.testing.assert_close(values, kept[name])


def test_a_schedule_may_go_by_the_loss(small: PointRecipe, tmp_path: Path) -> None:
    schedule = replace(small.schedule, decay="plateau", stop_after=1)
    loop.train(job.task(replace(small, schedule=schedule)), tmp_path, machine=ONE)
    with next((tmp_path / "metrics").glob("*/metrics.csv")).open(encoding="utf-8", newline="") as lines:
        losses = [float(row["val_loss"]) for row in csv.DictReader(lines) if row["val_loss"]]
    assert len(losses) == 2
    assert 0 < losses[1] < losses[0]


def test_a_detector_that_the_export_could_not_ask_ends_it_before_the_training(small: PointRecipe) -> None:
    with pytest.raises(UnknownName, match="Did you mean mien_face"):
        job.task(replace(small, data=replace(small.data, detector="mien_fase")))


def test_parts_that_do_not_exist_are_refused(small: PointRecipe) -> None:
    with pytest.raises(UnknownName, match="Valid: train, val"):
        job.task(replace(small, data=replace(small.data, select="test")))


def test_a_side_that_does_not_fit_is_refused(small: PointRecipe) -> None:
    with pytest.raises(BadOption, match="multiple of 16"):
        job.task(replace(small, input=InputSpec(40, 40, "gray", (128.0,), (64.0,))))


def test_a_loss_that_is_no_number_ends_the_training(small: PointRecipe, tmp_path: Path) -> None:
    broken = replace(small, schedule=replace(small.schedule, learning_rate=1e30, clip=0.0, epochs=4))
    with pytest.raises(ModelError, match="learning rate"):
        loop.train(job.task(broken), tmp_path, machine=ONE)
