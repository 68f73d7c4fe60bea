"""Batches for the one-stage network, of made pictures and composed scenes."""

import itertools
import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import face_sets
from mien import imageops
from mien.errors import SourceError
from mien.labels import FER7
from mien.scenes import composed
from mien.training.draws import Draws
from mien.training.recipe import Schedule
from mien.training.yolo.augment import Labelled, changed, mirrored, placed, seen
from mien.training.yolo.data import Batch, Scenes
from mien.training.yolo.losses import UNKNOWN
from mien.training.yolo.mosaic import Mosaics
from mien.training.yolo.options import AugmentOptions, DataOptions, SceneOptions
from mien.training.yolo.recipe import YoloRecipe
from mien.types import Floats, Image

pytestmark = pytest.mark.train
STILL = AugmentOptions(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
RED = (0, 0, 255)
COLOURED = SceneOptions("coco:made/red.coco.json")
COMPOSED = SceneOptions("composed:.,split=Training")


@pytest.fixture(autouse=True)
def _few_grounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composed, "MADE", 2)
    monkeypatch.setattr(composed, "MADE_SIDE", 64)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with FER2013, and pictures with a red square each; the last of these has no box."""
    monkeypatch.setenv("MIEN_DATA", str(tmp_path))
    face_sets.fer2013(tmp_path)
    (tmp_path / "made" / "red").mkdir(parents=True)
    names = [*FER7, "face"]
    content: dict[str, list[dict[str, object]]] = {"images": [], "annotations": []}
    content["categories"] = [{"id": number, "name": name} for number, name in enumerate(names)]
    for number in range(6):
        image, box = red(120, 80, 10 * number)
        name = f"{number}.png"
        (tmp_path / "made" / "red" / name).write_bytes(imageops.encode(image, ".png"))
        content["images"].append({"id": number, "file_name": name, "boxes_complete": number != 5})
        row = {"id": number, "image_id": number, "category_id": (3, 7)[number % 2], "bbox": box}
        content["annotations"] += [row] * (number != 5)
    (tmp_path / "made" / "red.coco.json").write_text(json.dumps(content), "utf-8")
    return tmp_path


def red(width: int, height: int, left: int) -> tuple[Image, list[int]]:
    image = np.full((height, width, 3), 90, np.uint8)
    image[20:50, left : left + 24] = RED
    return image, [left, 20, 24, 30]


def recipe(*train: SceneOptions, select: str = "coco:made/red.coco.json", batch: int = 4) -> YoloRecipe:
    data = DataOptions((*train, SceneOptions(select, use="select")), (64, 96), (0.5, 0.5), 96)
    return YoloRecipe("tiny", seed=3, steps=3, data=data, schedule=Schedule(epochs=5, batch=batch))


def batches(recipe: YoloRecipe, epoch: int = 0) -> list[Batch]:
    loader = Scenes(recipe).train_dataloader()
    loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
    return list(loader)


def reds(image: Image) -> Floats:
    """x1, y1, x2, y2 of what is red."""
    values = image.astype(int)
    ys, xs = np.nonzero((values[:, :, 2] > 150) & (values[:, :, :2].max(axis=2) < 100))
    return np.array((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1), np.float32)


def test_batches_have_the_form_that_the_network_learns_from(folder: Path) -> None:
    found = batches(recipe(COLOURED, COMPOSED))
    assert len(found) == 3
    for batch in found:
        pictures, boxes = batch["pictures"], batch["boxes"]
        side = pictures.shape[-1]
        assert pictures.shape == (4, 3, side, side)
        assert side in (64, 96)
        assert pictures.dtype == torch.uint8
        assert boxes.dtype == torch.float32
        assert boxes.shape[1] == 6
        assert set(boxes[:, 0].tolist()) <= {0, 1, 2, 3}
        assert boxes[:, 1].min() >= -1
        assert boxes[:, 1].max() < 7
        assert (boxes[:, 2:4] - boxes[:, 4:] / 2 >= -1e-3).all()
        assert (boxes[:, 2:4] + boxes[:, 4:] / 2 <= side + 1e-3).all()
    assert any(len(batch["boxes"]) for batch in found)


def test_batches_follow_from_seed_and_epoch(folder: Path) -> None:
    used = recipe(COLOURED, COMPOSED)
    first, again, later = batches(used), batches(used), batches(used, epoch=1)
    for one, other in zip(first, again, strict=True):
        torch.testing.assert_close(one["pictures"], other["pictures"])
        torch.testing.assert_close(one["boxes"], other["boxes"])
    assert any(
        one["pictures"].shape != other["pictures"].shape or (one["pictures"] != other["pictures"]).any()
        for one, other in zip(first, later, strict=True)
    )


def test_two_processes_share_a_batch_and_draw_other_pictures(folder: Path) -> None:
    data = pickle.loads(pickle.dumps(Scenes(recipe(COMPOSED))._learning))
    made = recipe(COMPOSED)
    draws = [list(Draws(made, made.data, rank, 2)) for rank in (0, 1)]
    for one, other in zip(*draws, strict=True):
        assert one.count == other.count == 2
        assert one.side == other.side
        assert one.seed != other.seed
        assert (data[one]["pictures"] != data[other]["pictures"]).any()


def test_the_last_epochs_have_no_mosaics(folder: Path) -> None:
    made = recipe(COMPOSED)
    draws = Draws(made, made.data, plain_epochs=made.augment.plain_epochs)
    plain = []
    for epoch in range(5):
        draws.set_epoch(epoch)
        plain.append({draw.plain for draw in draws})
    assert plain == [{False}, {False}, {True}, {True}, {True}]


def test_pictures_to_choose_by_are_letterboxed_and_keep_their_faces(folder: Path) -> None:
    (batch,) = Scenes(recipe(COMPOSED)).val_dataloader()
    assert batch["pictures"].shape == (5, 3, 96, 96)  # the one whose faces nobody boxed is left out
    assert batch["boxes"][:, 1].tolist() == [3, -1, 3, -1, 3]
    for number, picture in enumerate(batch["pictures"].numpy().transpose(0, 2, 3, 1)):
        row = batch["boxes"][number].numpy()
        corners = np.concatenate((row[2:4] - row[4:] / 2, row[2:4] + row[4:] / 2))
        np.testing.assert_allclose(reds(picture), corners, atol=1)
        assert (picture[64:] == 0).all()


def test_composed_scenes_to_choose_by_are_the_same_each_time(folder: Path) -> None:
    used = recipe(COLOURED, select="composed:.,count=20,side=64")
    first, again = (list(Scenes(used).val_dataloader()) for _ in range(2))
    assert [len(batch["pictures"]) for batch in first] == [16, 4]
    for one, other in zip(first, again, strict=True):
        torch.testing.assert_close(one["pictures"], other["pictures"])
        torch.testing.assert_close(one["boxes"], other["boxes"])


def test_an_absent_set_is_an_error_unless_it_is_optional(folder: Path) -> None:
    absent = SceneOptions("coco:gone.coco.json")
    with pytest.raises(SourceError, match=r"gone\.coco\.json"):
        batches(recipe(COLOURED, absent))
    assert batches(recipe(COLOURED, replace(absent, optional=True)))
    with pytest.raises(SourceError, match="nothing to learn from"):
        batches(recipe(replace(absent, optional=True)))
    with pytest.raises(SourceError, match="elsewhere"):
        batches(recipe(SceneOptions("composed:elsewhere,split=Training")))
    assert batches(recipe(COLOURED, SceneOptions("composed:elsewhere", optional=True)))


def test_nothing_to_choose_by_is_an_error(folder: Path) -> None:
    used = recipe(COLOURED)
    without = replace(used, data=DataOptions((COLOURED,)))
    with pytest.raises(SourceError, match="nothing to choose by"):
        Scenes(without).val_dataloader()


def test_a_detector_may_label_what_nobody_boxed(folder: Path) -> None:
    seer = replace(COLOURED, labelled_by="mien_face")
    (batch,) = Scenes(recipe(COLOURED, select=seer.scenes)).val_dataloader()
    assert len(batch["pictures"]) == 5
    data = DataOptions((COLOURED, replace(seer, use="select")), (64,), (1.0,), 96)
    (again,) = Scenes(replace(recipe(COLOURED), data=data)).val_dataloader()
    assert len(again["pictures"]) == 5  # no face is found in the sixth: whether it has one is not known
    torch.testing.assert_close(again["boxes"], batch["boxes"])


def test_ignored_faces_are_hidden(folder: Path) -> None:
    path = folder / "made" / "red.coco.json"
    content = json.loads(path.read_text("utf-8"))
    for row in content["annotations"]:
        row["iscrowd"] = 1
    path.write_text(json.dumps(content), "utf-8")
    (batch,) = Scenes(recipe(COLOURED)).val_dataloader()
    assert batch["boxes"].shape == (0, 6)
    one = batch["pictures"][0].numpy().transpose(1, 2, 0)[16:40, :19].reshape(-1, 3)
    assert np.ptp(one[:, 1]) < 30 or (one == one[0]).mean() > 0.8


class Red:
    """A source of pictures with one red square."""

    def picture(
        self, random: np.random.Generator, width: int, height: int, options: AugmentOptions
    ) -> Labelled:
        image = np.full((height, width, 3), 90, np.uint8)
        x, y = int(random.integers(0, width - 8)), int(random.integers(0, height - 8))
        image[y : y + 8, x : x + 8] = RED
        return Labelled(image, np.array([(x, y, x + 8, y + 8)], np.float32), np.array([2]))


def test_a_mosaic_shows_four_pictures_with_their_faces() -> None:
    mosaics = Mosaics([Red()], [1.0], replace(STILL, mosaic=1.0))
    for seed in range(10):
        made = mosaics.picture(np.random.default_rng(seed), 96)
        assert made.image.shape == (96, 96, 3)
        assert made.targets.tolist() == [2] * 4
        for x1, y1, x2, y2 in made.boxes.astype(int):
            assert (made.image[y1:y2, x1:x2] == RED).all()
        assert len(mosaics.picture(np.random.default_rng(seed), 96, plain=True).boxes) == 1


def test_sources_come_as_often_as_their_shares_say() -> None:
    class Plain(Red):
        def picture(self, *given: object) -> Labelled:
            made = super().picture(*given)  # type: ignore[arg-type]
            return replace(made, targets=np.array([5]))

    mosaics = Mosaics([Red(), Plain()], [1, 3], STILL)
    random = np.random.default_rng(0)
    drawn = [int(mosaics.picture(random, 64).targets[0]) for _ in range(400)]
    assert 0.68 < drawn.count(5) / 400 < 0.82


@pytest.mark.parametrize("rotate", [0.0, 20.0])
def test_changed_pictures_keep_their_boxes_on_their_faces(rotate: float) -> None:
    options = AugmentOptions(rotate=rotate, hue=0.0, saturation=0.0, value=0.0, gray=0.0)
    for seed in range(20):
        random = np.random.default_rng(seed)
        image = np.full((90, 120, 3), 90, np.uint8)
        image[30:50, 20:36] = RED
        given = Labelled(image, np.array([(20, 30, 36, 50)], np.float32), np.array([1]))
        ground = np.zeros((96, 96, 3), np.uint8)
        made = changed(random, placed(random, given, ground, options), options)
        if len(made.boxes) and made.boxes.min() > 2 and made.boxes.max() < 94:
            slack = 1.5 if rotate == 0 else 5  # the corners of the square reach out of its ellipse
            np.testing.assert_allclose(reds(made.image), made.boxes[0], atol=slack)


def test_mirroring_twice_changes_nothing() -> None:
    image, box = red(60, 60, 7)
    given = Labelled(image, np.array([(box[0], 20, 31, 50)], np.float32), np.array([4]))
    once, twice = mirrored(given), mirrored(mirrored(given))
    np.testing.assert_array_equal(reds(once.image), once.boxes[0])
    np.testing.assert_array_equal(twice.image, image)
    np.testing.assert_array_equal(twice.boxes, given.boxes)


def test_faces_that_hardly_show_are_not_asked_for() -> None:
    boxes = np.array([(-30, 0, 10, 20), (-10, 0, 30, 20), (5, 5, 8, 8), (90, 90, 120, 120)], np.float32)
    left = seen(np.zeros((60, 60, 3), np.uint8), boxes, np.arange(4))
    assert left.targets.tolist() == [1]
    assert left.boxes.tolist() == [[0, 0, 30, 20]]


def test_what_hardly_shows_in_small_faces_is_not_to_be_read() -> None:
    boxes = np.array(((0, 0, 15, 40), (0, 0, 40, 15), (20, 20, 36, 36)), np.float32)

    left = seen(np.zeros((60, 60, 3), np.uint8), boxes, np.array((3, 4, 5)))

    assert left.targets.tolist() == [UNKNOWN, UNKNOWN, 5]
    assert len(left.boxes) == 3


def test_colours_change_only_when_asked_to() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    given = Labelled(image, np.empty((0, 4), np.float32), np.empty(0, np.int64))
    np.testing.assert_array_equal(changed(np.random.default_rng(0), given, STILL).image, image)
    gray = changed(np.random.default_rng(0), given, replace(STILL, gray=1.0)).image
    assert (gray[:, :, 0] == gray[:, :, 2]).all()
    lively = changed(np.random.default_rng(0), given, replace(STILL, saturation=0.9, value=0.5)).image
    assert (lively != image).mean() > 0.5


def test_the_first_batches_give_the_sizes_for_anchors(folder: Path) -> None:
    loader = Scenes(recipe(COLOURED)).train_dataloader()
    assert sum(len(batch["boxes"]) for batch in itertools.islice(loader, 3)) > 0
