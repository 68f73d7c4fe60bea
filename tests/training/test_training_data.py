from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mien import registry
from mien.artifact import InputSpec
from mien.classifiers.onnx import OnnxClassifier
from mien.datasets.base import Samples
from mien.training import expression, sets
from mien.training.data import Batches, Faces, Pick, Picks, loader
from mien.training.recipe import AugmentOptions, DataOptions, Recipe, Schedule, SetOptions
from mien.types import Floats

SPEC = InputSpec(48, 48, "gray", (128.0,), (64.0,))


def samples(count: int, shape: tuple[int, ...] = (48, 48)) -> Samples:
    random = np.random.default_rng(2)
    images = random.integers(0, 256, (count, *shape), dtype=np.uint8)
    return Samples(images, random.integers(0, 7, count), np.arange(count))


def test_training_and_runtime_see_the_same_tensor(monkeypatch: pytest.MonkeyPatch) -> None:
    model: OnnxClassifier = registry.load("classifiers", "mini_xception")
    fed: list[Floats] = []
    run = model._session.run
    monkeypatch.setattr(model._session, "run", lambda tensor: fed.append(tensor) or run(tensor))
    faces = samples(10)
    model.predict(list(faces.images))
    batches = Batches(faces, model.card.input)
    pictures, targets = next(iter(loader(batches, Picks(10, 16, shuffle=False))))
    assert pictures.numpy().tobytes() == fed[0].tobytes()
    assert targets.tolist() == faces.targets.tolist()


def test_colour_pictures_of_another_size_are_prepared_as_at_runtime() -> None:
    batches = Batches(samples(3, (30, 20, 3)), SPEC)
    assert batches[Pick(torch.tensor([2, 0]), 1)][0].shape == (2, 1, 48, 48)


def test_changes_depend_on_the_pick_alone() -> None:
    batches = Batches(samples(6), SPEC, AugmentOptions())
    first, again, other = (batches[Pick(torch.arange(6), seed)][0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@given(st.integers(1, 200), st.integers(1, 64), st.integers(1, 4))
def test_without_shuffling_every_sample_comes_once(count: int, batch: int, world: int) -> None:
    shares = [Picks(count, batch, shuffle=False, rank=rank, world=world) for rank in range(world)]
    seen = [int(index) for share in shares for pick in share for index in pick.indices]
    assert sorted(seen) == list(range(count)) or (count < world and set(seen) == set(range(count)))
    assert all(list(share) for share in shares)  # a process without pictures would break off the training
    assert all(len(list(share)) == len(share) for share in shares)


@given(st.integers(8, 200), st.integers(4, 64), st.integers(1, 4), st.integers(0, 3))
def test_shuffled_shares_are_apart_and_equally_many(count: int, batch: int, world: int, epoch: int) -> None:
    shares = [Picks(count, batch, shuffle=True, seed=9, rank=rank, world=world) for rank in range(world)]
    for share in shares:
        share.set_epoch(epoch)
    seen = [int(index) for share in shares for pick in share for index in pick.indices]
    assert len(seen) == len(set(seen))
    assert len({len(list(share)) for share in shares}) == 1


def test_epochs_differ_and_can_be_repeated() -> None:
    def order(epoch: int) -> list[int]:
        picks = Picks(50, 10, shuffle=True, seed=4)
        picks.set_epoch(epoch)
        return [int(index) for pick in picks for index in pick.indices]

    assert order(3) == order(3) != order(4)
    assert sorted(order(3)) == list(range(50))


def test_no_two_batches_share_their_seed() -> None:
    seeds = []
    for rank in range(2):
        picks = Picks(64, 16, shuffle=True, seed=1, rank=rank, world=2)
        for epoch in range(3):
            picks.set_epoch(epoch)
            seeds += [pick.seed for pick in picks]
    assert len(seeds) == len(set(seeds))


@given(st.integers(1, 4), st.integers(0, 3))
def test_weighted_samples_come_as_often_as_they_weigh(world: int, epoch: int) -> None:
    weights = torch.tensor([0.0] * 20 + [1.0] * 20 + [3.0] * 20)
    shares = [Picks(60, 12, weights, shuffle=True, seed=2, rank=rank, world=world) for rank in range(world)]
    for share in shares:
        share.set_epoch(epoch)
    seen = [int(index) for share in shares for pick in share for index in pick.indices]
    assert len(seen) == 60
    heavy, light = sum(index >= 40 for index in seen), sum(20 <= index < 40 for index in seen)
    assert heavy + light == 60
    assert heavy > light


def test_votes_are_learned_in_place_of_labels() -> None:
    votes = np.random.default_rng(1).dirichlet(np.ones(7), 6).astype(np.float32)
    batches = Batches(samples(6), SPEC, AugmentOptions(), votes)
    assert batches[Pick(torch.tensor([4, 1]), 1)][1].tolist() == votes[[4, 1]].tolist()
    mixed = Batches(samples(6), SPEC, AugmentOptions(mixup=1.0), votes)[Pick(torch.arange(6), 1)][1]
    assert mixed.shape == (6, 7)
    assert mixed.sum(dim=1).tolist() == pytest.approx([1.0] * 6)


def test_a_recipe_decides_what_is_shown_how_often_and_learned_as_what(
    made_faces: Path,
) -> None:
    def first(recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
        found = sets.load(recipe)
        pictures, targets = next(iter(Faces(found.train, found.select, recipe, 7).train_dataloader()))
        return pictures, targets

    small = Schedule(batch=16)
    assert first(Recipe("a", "cnn3", schedule=small))[1].shape == (16,)
    mixing = Recipe("a", "cnn3", schedule=small, augment=AugmentOptions(cutmix=1.0))
    assert first(mixing)[1].shape == (16, 7)
    uneven = (SetOptions("fer2013", "Training", "PublicTest", weight=2.0),)
    balanced = Recipe("a", "cnn3", schedule=small, data=DataOptions(sets=uneven, balance="sampling"))
    assert first(balanced)[0].shape == (16, 1, 48, 48)


def test_an_expression_without_pictures_to_learn_from_is_named(
    made_faces: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = SetOptions("fer2013", "Training", "PublicTest", labels={"disgust": "", "sad": ""})
    chosen = Recipe("own", "cnn3", data=DataOptions(sets=(kept,), labels=("fer7",)))
    expression.task(chosen)
    assert "no picture of disgust or sad to learn from" in caplog.text
    caplog.clear()
    expression.task(Recipe("own", "cnn3"))
    assert not caplog.text
