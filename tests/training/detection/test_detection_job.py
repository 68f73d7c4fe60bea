"""A detector trained for a moment on made pictures, exported, and run as a user would."""

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from made_discs import DISC, DrawnTeacher, drawn
from torch import nn

from mien import artifact, registry
from mien.detectors._rows import tightened
from mien.errors import BadOption, ModelError, SourceError
from mien.training import loop
from mien.training.detection import data, export, job, selection
from mien.training.detection.average_precision import Seen
from mien.training.detection.module import DetectionModule
from mien.training.detection.options import ComposeOptions, SceneOptions
from mien.training.detection.recipe import DetectionRecipe
from mien.training.draws import Draws
from mien.training.machine import Machine
from mien.training.models import mien_face
from mien.training.recipe import Schedule
from mien.types import Box, Detection

pytestmark = pytest.mark.train
ALONE = Machine("cpu", devices=1)
TINY = DetectionRecipe(
    "tiny",
    "mien_face",
    steps=2,
    validate_every=1,
    data=SceneOptions("coco:discs/train.coco.json", "coco:discs/val.coco.json", weights=("odd=2",)),
    compose=ComposeOptions(sides=(64, 96), side_shares=(0.5, 0.5)),
    schedule=Schedule(epochs=1, batch=2, warmup=0, precision="32-true"),
    sets=({"name": "discs", "rights": "none"},),
)


@pytest.fixture(autouse=True)
def _small(set_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_DATA", str(set_folder))
    monkeypatch.setattr(job, "_cache", lambda: set_folder / "cache")
    monkeypatch.setattr(job, "Teacher", DrawnTeacher)
    monkeypatch.setattr(data, "Teacher", DrawnTeacher)
    monkeypatch.setattr(selection, "SIDE", 96)
    monkeypatch.setattr(selection, "EMPTY", 3)


def test_from_recipe_to_a_detector_that_runs(tmp_path: Path) -> None:
    trained = loop.train(job.task(TINY), tmp_path / "out", machine=ALONE)
    assert 0 <= trained.score <= 1
    made = job.export(TINY, trained.checkpoint, tmp_path / "out", minutes=1.5, hardware="here")
    card = artifact.read_card(made.path.with_suffix(".json"))
    assert card == made.card
    assert card.figures["hardware"] == "here"
    assert card.data == TINY.sets
    assert made.difference <= export.TOLERANCE
    assert made.path.stat().st_size < 400_000  # two bytes a weight
    written = sorted(path.name for path in made.path.parent.glob("tiny*") if path.suffix != ".ckpt")
    assert written == ["tiny.json", "tiny.onnx"]
    detector = registry.load("detectors", str(made.path), score_threshold=0.0, long_side=64)
    found = detector.detect(drawn())
    assert found
    assert found[0].points is not None
    assert found[0].points.shape == (5, 2)


def test_batches_follow_from_seed_epoch_and_rank() -> None:
    task = job.task(TINY)
    batches = task.data.train_dataloader().dataset
    first, second = list(Draws(TINY, TINY.compose, 0, 2)), list(Draws(TINY, TINY.compose, 1, 2))
    assert [draw.side for draw in first] == [draw.side for draw in second]
    assert {draw.seed for draw in first}.isdisjoint(draw.seed for draw in second)
    assert [draw.count for draw in first] == [1, 1]
    again = Draws(TINY, TINY.compose, 0, 2)
    again.set_epoch(1)
    assert list(again) != first
    batch, same = batches[first[0]], batches[first[0]]
    assert all(torch.equal(batch[name].nan_to_num(), same[name].nan_to_num()) for name in batch)
    cells = sum((first[0].side // stride) ** 2 for stride in (8, 16, 32))
    assert batch["pictures"].dtype == torch.uint8
    assert batch["boxes"].shape == (1, cells, 4)
    assert batch["points"].shape == (1, cells, 10)


def test_sources_are_drawn_by_their_weight() -> None:
    assert SceneOptions(weights=("odd=2.5",)).by_source == {"odd": 2.5}
    assert data.shares(("even", "odd", "odd"), {"odd": 2.5}).tolist() == [1, 2.5, 2.5]


def test_portraits_with_points_are_learned_from_as_well(set_folder: Path) -> None:
    folder = set_folder / "landmarks68"
    (folder / "images").mkdir(parents=True)
    cv2.imwrite(str(folder / "images" / "one.png"), drawn())
    cv2.imwrite(str(folder / "images" / "other.png"), drawn())
    split, person, name = (
        np.array(words) for words in (["train", "val"], ["a", "b"], ["one.png", "other.png"])
    )
    points = np.zeros((2, 68, 2), np.float32)
    np.savez(folder / "landmarks68.npz", name=name, person=person, split=split, points=points)
    more = dataclasses.replace(TINY, data=dataclasses.replace(TINY.data, portraits="train"))
    plain, found = (job.task(each).data.train_dataloader().dataset._pictures for each in (TINY, more))
    assert found.sources == (*plain.sources, "landmarks68")
    np.testing.assert_allclose(found.faces[-1].boxes[0], DISC, atol=2)


def test_the_selection_shows_pictures_plain_turned_dark_and_empty() -> None:
    shown = job.task(TINY).data.val_dataloader().dataset.shown
    assert [sum(each.kind == kind for each in shown) for kind in range(4)] == [4, 2, 2, 3]
    plain, turned, dark = shown[0], shown[1], shown[2]
    np.testing.assert_allclose(plain.boxes[0], np.array(DISC) * 96 / 160, atol=1e-3)
    assert dark.image.mean() < 0.2 * plain.image.mean()
    assert turned.boxes.shape == (1, 4)
    assert not np.array_equal(turned.image, plain.image)


class Still(nn.Module):
    """Answers the same whatever it is shown: no number, or a face in every cell."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        count, _, height, width = pictures.shape
        return [self.value.expand(count, 15, height // each, width // each) for each in (8, 16, 32)]


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    task = job.task(TINY)
    module = DetectionModule(Still(float("nan")), TINY.schedule, task.module._selection)
    with pytest.raises(ModelError, match="loss became nan"):
        loop.train(dataclasses.replace(task, module=module), tmp_path / "out", machine=ALONE)


def test_what_chooses_and_what_is_exported_draw_boxes_alike() -> None:
    recipe = dataclasses.replace(TINY, forehead=0.1, chin=0.04)
    module = job.task(recipe).module
    box = np.array([[10, 20, 50, 120]], np.float32)
    np.testing.assert_allclose(recipe.tight(box), [[10, 30, 50, 124]])
    card = export._card(recipe, module.network)
    (found,) = tightened([Detection(Box(*box[0].tolist()), 0.9)], card.detection)
    np.testing.assert_allclose(found.box.as_tuple(), recipe.tight(box)[0])
    shown = torch.from_numpy(module._selection.shown[0].image.transpose(2, 0, 1).copy())
    batch = {"pictures": shown[None], "index": torch.tensor([0])}
    seen = []
    for each in (job.task(TINY).module, module):
        nn.init.constant_(each.network.heads[0][-1].bias, 0.5)  # faces everywhere
        with torch.inference_mode():
            each.eval().validation_step(batch, 0)
        seen.append(each._found[0][0])
    np.testing.assert_allclose(seen[1], recipe.tight(seen[0]), rtol=1e-5)


@pytest.mark.parametrize("share", [{"forehead": 2.0}, {"chin": -0.5}])
def test_boxes_without_height_are_refused(share: dict[str, float]) -> None:
    with pytest.raises(BadOption, match="shares of a box's height"):
        dataclasses.replace(TINY, **share)


def test_false_faces_of_empty_pictures_lower_the_score() -> None:
    task = job.task(TINY)
    shown = task.data.val_dataloader().dataset.shown
    boxes = {number: each.boxes for number, each in enumerate(shown)}
    right = {number: (box, np.full(len(box), 0.9, np.float32)) for number, box in boxes.items()}
    scores = task.module._scores(right)
    assert scores["plain"] == scores["turned"] == scores["dark"] == scores["score"] == 1
    empty = next(number for number, each in enumerate(shown) if each.kind == 3)
    right[empty] = (np.array([[0, 0, 9, 9]] * 3, np.float32), np.full(3, 0.9, np.float32))
    assert task.module._scores(right)["score"] == pytest.approx(1 - 0.05)


def test_sources_that_are_never_drawn_leave_nothing_to_learn_from() -> None:
    with pytest.raises(BadOption, match="nothing to learn from"):
        data.shares(("odd",), {"odd": 0.0})


@pytest.mark.parametrize("weight", ["odd", "odd=often", "odd=nan", "odd=-1"])
def test_weights_that_are_none_are_refused(weight: str) -> None:
    with pytest.raises(BadOption, match="weights="):
        SceneOptions(weights=(weight,))


def test_places_to_be_ignored_count_neither_way(set_folder: Path) -> None:
    _change(set_folder, "annotations", iscrowd=1)
    module = job.task(TINY).module
    shown = module._selection.shown
    assert [len(shown[0].boxes), len(shown[0].ignored)] == [0, 1]
    on_them = {number: (each.ignored, np.ones(len(each.ignored))) for number, each in enumerate(shown)}
    assert module._scores(on_them)["score"] == 0
    (scene, *_) = job._selection(TINY.data.select)
    place = export.boxes_of(scene, ignore=True)
    assert export._figures([export.counted(Seen(place, np.ones(1), place[:0]), place)]) == {
        "average_precision_50": 0,
        "recall_at_0.6": 0,
        "other_faces_per_picture": 0,
    }


def test_it_is_chosen_by_pictures_whose_boxes_are_complete(set_folder: Path) -> None:
    _change(set_folder, "images", first=2, boxes_complete=False)
    assert len(job._selection(TINY.data.select)) == 2
    assert sum(each.kind == 0 for each in job.task(TINY).module._selection.shown) == 2
    _change(set_folder, "images", boxes_complete=False)
    with pytest.raises(SourceError, match="no picture whose boxes are complete"):
        job.task(TINY)


def test_an_empty_set_is_refused(set_folder: Path) -> None:
    path = set_folder / "discs" / "none.json"
    path.write_text('{"images": [], "annotations": [], "categories": []}')
    for use, reason in (("train", "Give a set to learn from"), ("select", "complete")):
        options = dataclasses.replace(TINY.data, **{use: "coco:discs/none.json"})
        with pytest.raises(SourceError, match=reason):
            job.task(dataclasses.replace(TINY, data=options))


def test_sets_are_written_as_everywhere(set_folder: Path) -> None:
    assert len(job._scenes("coco:path=discs/val.coco.json")) == 4
    assert len(job._scenes(f"coco:{set_folder}/discs/val.coco.json,skip_faults=true")) == 4
    with pytest.raises(BadOption, match="Write coco:discs"):
        job._scenes("discs/val.coco.json")


def _change(folder: Path, entries: str, first: int | None = None, **values: object) -> None:
    """Set ``values`` in the ``entries`` of ``discs/val``, all or the ``first`` ones."""
    path = folder / "discs" / "val.coco.json"
    content = json.loads(path.read_text())
    for entry in content[entries][:first]:
        entry.update(values)
    path.write_text(json.dumps(content))


def test_a_training_shorter_than_the_time_between_two_scorings_is_scored(tmp_path: Path) -> None:
    short = dataclasses.replace(TINY, validate_every=4)
    trained = loop.train(job.task(short), tmp_path, machine=ALONE)
    assert 0 <= trained.score <= 1


@pytest.mark.parametrize("changes", [{"decay": "plateau"}, {"stop_after": 1}])
def test_a_schedule_that_goes_by_the_loss_sees_it_after_each_epoch(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    schedule = dataclasses.replace(TINY.schedule, epochs=2, **changes)
    recipe = dataclasses.replace(TINY, steps=1, validate_every=4, schedule=schedule)
    loop.train(job.task(recipe), tmp_path, machine=ALONE)
    with next((tmp_path / "metrics").glob("*/metrics.csv")).open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["val_loss"]]
    assert len(rows) == 2
    for row in rows:
        assert float(row["val_loss"]) == pytest.approx(1 - float(row["val_score"]), abs=1e-5)


@pytest.mark.parametrize("changes", [{"steps": 0}, {"validate_every": 0}, {"false_faces": -1.0}])
def test_counts_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=next(iter(changes))):
        dataclasses.replace(TINY, **changes)


def test_a_recipe_need_not_name_the_network_and_may_name_no_other(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('task = "detection"\n')
    assert job.load(str(path)).model == "mien_face"
    path.write_text('task = "detection"\nmodel = "cnn3"\n')
    with pytest.raises(BadOption, match='Give "mien_face"'):
        job.load(str(path))


def test_absent_data_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIEN_DATA", str(tmp_path / "none"))
    with pytest.raises(SourceError, match=r"train\.coco\.json"):
        job.task(TINY)


@pytest.fixture(scope="module")
def network() -> mien_face.FaceDetector:
    """Fresh weights, with batch norms that do something."""
    torch.manual_seed(0)
    network = mien_face.build().train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(2, 3, 64, 64) * 255)
    return network.eval()


def test_the_network_has_the_size_and_the_strides_that_are_stated(network: mien_face.FaceDetector) -> None:
    assert sum(entry.numel() for entry in network.parameters()) == 170_669
    maps = network(torch.zeros(2, 3, 96, 128))
    assert [tuple(each.shape) for each in maps] == [(2, 15, 12, 16), (2, 15, 6, 8), (2, 15, 3, 4)]


def test_folding_changes_no_answer(network: mien_face.FaceDetector) -> None:
    picture = torch.rand(1, 3, 64, 96) * 255
    folded = export.folded(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    for found, wanted in zip(folded(picture), network(picture), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_raising_scores_shifts_them_alone(network: mien_face.FaceDetector) -> None:
    picture = torch.rand(1, 3, 64, 64) * 255
    raised = export.folded(network)
    before = [each.clone() for each in raised(picture)]
    raised.raise_scores(0.5)
    for found, wanted in zip(raised(picture), before, strict=True):
        torch.testing.assert_close(found[:, 0], wanted[:, 0] + 0.5)
        torch.testing.assert_close(found[:, 1:], wanted[:, 1:])


def test_large_faces_may_be_raised_alone(network: mien_face.FaceDetector) -> None:
    picture = torch.rand(1, 3, 64, 64) * 255
    raised = export.folded(network)
    before = [each[:, 0].clone() for each in raised(picture)]
    raised.raise_scores(0.5, export.COARSEST)
    for found, wanted, by in zip(raised(picture), before, (0, 0, 0.5), strict=True):
        torch.testing.assert_close(found[:, 0], wanted + by)


def test_an_export_that_answers_otherwise_is_refused(network: mien_face.FaceDetector) -> None:
    other = export.folded(network)
    other.raise_scores(1.0)
    with pytest.raises(ModelError, match="differ by"):
        export._difference(network, export.to_onnx(other))


def test_the_score_is_set_by_what_nobody_boxed() -> None:
    face, other = np.array([[0, 0, 9, 9]], np.float32), np.array([[50, 50, 60, 60]], np.float32)
    false = [Seen(other, np.array([score], np.float32), face) for score in (0.9, 0.5, 0.3, 0.2)]
    # One of four pictures may show a false face: the second surest, 0.5, comes to lie at 0.6.
    assert export._shift(false, 0.25) == pytest.approx(np.log(0.6 / 0.4), abs=1e-5)
    right = [Seen(face, np.array([0.9], np.float32), face)]
    assert export._shift(right, 0.1) == export.LARGEST_SHIFT
    assert export._figures(right + false)["other_faces_per_picture"] == pytest.approx(1 / 5)
    assert export._figures(right + false)["recall_at_0.6"] == pytest.approx(1 / 5)
