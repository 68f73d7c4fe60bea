from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.training.augment import augment, erase, relight, warp
from mien.training.recipe import AugmentOptions

OFF = AugmentOptions(flip=0, rotate=0, zoom=0, shift=0, brightness=0, contrast=0, erase=0)


def batch(count: int = 4, channels: int = 1, side: int = 12) -> torch.Tensor:
    return torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(3))


def dice(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_switched_off_it_changes_nothing() -> None:
    torch.testing.assert_close(augment(batch(), OFF, dice()), batch(), atol=1e-5, rtol=0)


def test_the_same_seed_gives_the_same_pictures() -> None:
    first, again, other = (augment(batch(), AugmentOptions(), dice(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_flip_mirrors_left_and_right() -> None:
    flipped = warp(batch(), replace(OFF, flip=1), dice())
    torch.testing.assert_close(flipped, batch().flip(3), atol=1e-5, rtol=0)


def test_a_rotation_keeps_the_middle_and_moves_the_corner() -> None:
    picture = torch.zeros(8, 1, 13, 13)
    picture[:, :, 6, 6] = 1
    picture[:, :, 1, 1] = 1
    turned = warp(picture, replace(OFF, rotate=30), dice())
    torch.testing.assert_close(turned[:, :, 6, 6], picture[:, :, 6, 6], atol=1e-4, rtol=0)
    assert (turned[:, :, 1, 1] < 0.9).any()


def test_a_shift_moves_by_its_share_at_most() -> None:
    ramp = torch.linspace(0, 1, 40).expand(6, 1, 40, 40).contiguous()
    moved = warp(ramp, replace(OFF, shift=0.1), dice()) - ramp
    assert 0 < moved.abs().max() <= 0.1 * 40 / 39 + 1e-5


def test_light_changes_mean_and_spread_within_bounds() -> None:
    lit = relight(batch(), replace(OFF, brightness=0.3, contrast=0.2), dice())
    shift = (lit.mean(dim=(1, 2, 3)) - batch().mean(dim=(1, 2, 3))).abs()
    gain = lit.std(dim=(1, 2, 3)) / batch().std(dim=(1, 2, 3))
    assert 0 < shift.max() <= 0.3 + 1e-5
    assert 0.8 - 1e-5 <= gain.min() < gain.max() <= 1.2 + 1e-5


def test_an_erased_rectangle_is_flat_and_bounded() -> None:
    pictures = batch(count=16, channels=3, side=40)
    changed = (erase(pictures, replace(OFF, erase=1, erase_area=0.2), dice()) != pictures)[:, 0]
    share = changed.float().mean(dim=(1, 2))
    assert 0 < share.max() <= 0.2 + 2 / 40
    rows, columns = changed.any(dim=2).sum(dim=1), changed.any(dim=1).sum(dim=1)
    assert torch.equal(rows * columns, changed.sum(dim=(1, 2)))


@settings(max_examples=20)
@given(st.integers(1, 5), st.sampled_from([1, 3]), st.integers(0, 1000))
def test_shape_and_finiteness_are_kept(count: int, channels: int, seed: int) -> None:
    changed = augment(batch(count, channels), AugmentOptions(flip=0.5, rotate=45, zoom=0.5), dice(seed))
    assert changed.shape == (count, channels, 12, 12)
    assert torch.isfinite(changed).all()


@pytest.mark.parametrize("name", ["flip", "rotate", "zoom", "shift", "brightness", "contrast", "erase"])
def test_each_change_can_be_had_alone(name: str) -> None:
    strong = replace(OFF, **{name: 1.0 if name in ("flip", "erase") else 0.3}, erase_area=0.5)
    assert not torch.allclose(augment(batch(), strong, dice()), batch(), atol=1e-3)
