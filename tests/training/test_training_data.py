import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mien import registry
from mien.artifact import InputSpec
from mien.classifiers.onnx import OnnxClassifier
from mien.datasets.base import Samples
from mien.training.data import Batches, Pick, Picks, loader
from mien.training.recipe import AugmentOptions
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
    assert sorted(seen) == list(range(count))
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
