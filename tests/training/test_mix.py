from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.training.mix import mix, mixes
from mien.training.recipe import AugmentOptions

MIXUP, CUTMIX = AugmentOptions(mixup=1.0), AugmentOptions(cutmix=1.0)


def batch(count: int = 6, side: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    """Flat pictures, each of its own class: what is seen is what the target must say."""
    pictures = torch.arange(count).float().view(count, 1, 1, 1).expand(count, 1, side, side).clone()
    return pictures, torch.eye(count)


def test_switched_off_it_changes_nothing() -> None:
    pictures, targets = batch()
    assert mix(pictures, targets, AugmentOptions(), 1)[0] is pictures
    assert not mixes(AugmentOptions())
    assert mixes(MIXUP)
    assert mixes(CUTMIX)


@settings(max_examples=30)
@given(st.sampled_from([MIXUP, CUTMIX, replace(MIXUP, cutmix=0.5)]), st.integers(0, 10_000))
def test_targets_say_what_the_pictures_show(options: AugmentOptions, seed: int) -> None:
    pictures, targets = batch()
    mixed, shares = mix(pictures, targets, options, seed)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(6))
    # A picture of the value k is of class k: the mean value is the mean class.
    torch.testing.assert_close(mixed.mean(dim=(1, 2, 3)), shares @ torch.arange(6).float())


def test_mixup_blends_and_cutmix_cuts() -> None:
    pictures, targets = batch(side=32)
    blended, _ = mix(pictures, targets, MIXUP, 3)
    assert (blended.std(dim=(1, 2, 3)) == 0).all()
    cut = [mix(pictures, targets, CUTMIX, seed)[0] for seed in range(8)]
    assert all(set(each.unique().tolist()) <= set(range(6)) for each in cut)
    assert any(len(picture.unique()) == 2 for each in cut for picture in each)


def test_the_seed_decides() -> None:
    first, again, other = (mix(*batch(), MIXUP, seed)[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("seed", range(3))
def test_soft_targets_may_be_mixed(seed: int) -> None:
    pictures, _ = batch()
    votes = torch.rand(6, 4, generator=torch.Generator().manual_seed(1)).softmax(dim=1)
    torch.testing.assert_close(mix(pictures, votes, CUTMIX, seed)[1].sum(dim=1), torch.ones(6))
