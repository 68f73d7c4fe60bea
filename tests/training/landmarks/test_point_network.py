import pytest
import torch

from mien.errors import BadOption
from mien.training.folding import folded
from mien.training.landmarks import network
from mien.training.landmarks.module import wing


@pytest.mark.parametrize(("side", "channels"), [(32, 1), (80, 3)])
def test_it_answers_points_for_every_picture(side: int, channels: int) -> None:
    points = network.build(side, channels)(torch.zeros(2, channels, side, side))
    assert points.shape == (2, 136)
    reach = (network.REACH - 1) / 2
    assert (points >= -reach).all()
    assert (points <= 1 + reach).all()


def test_a_side_that_cannot_be_halved_is_refused() -> None:
    with pytest.raises(BadOption, match=r"90 pixels.*multiple of 16"):
        network.build(90)


def test_a_map_with_one_peak_points_at_it() -> None:
    places = network._places(20)
    maps = torch.zeros(1, 1, 400)
    maps[0, 0, 3 * 20 + 15] = 100.0  # row 3, column 15
    x, y = (maps.softmax(dim=2) @ places)[0, 0].tolist()
    assert x == pytest.approx((15.5 / 20 - 0.5) * 1.2 + 0.5)
    assert y == pytest.approx((3.5 / 20 - 0.5) * 1.2 + 0.5)


def test_folding_leaves_no_batch_norm_and_the_same_answer() -> None:
    torch.manual_seed(0)
    plain = network.build(32)
    for module in plain.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -1, 1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    plain.eval()
    short = folded(plain)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in short.modules())
    picture = torch.randn(2, 1, 32, 32)
    torch.testing.assert_close(short(picture), plain(picture), atol=1e-4, rtol=1e-4)


def test_the_exported_file_stays_small() -> None:
    assert sum(entry.numel() for entry in network.build(80).parameters()) * 4 < 1_400_000


def test_wing_is_smooth_where_its_parts_meet_and_zero_without_error() -> None:
    assert wing(torch.zeros(3)).item() == 0
    below, above = wing(torch.tensor([9.9999])), wing(torch.tensor([10.0001]))
    assert below.item() == pytest.approx(above.item(), abs=1e-3)
    assert wing(torch.tensor([-3.0])).item() == pytest.approx(10 * torch.log1p(torch.tensor(1.5)).item())
    assert wing(torch.tensor([20.0])).item() - wing(torch.tensor([15.0])).item() == pytest.approx(5, abs=1e-4)
