"""The one-stage network: size as stated, strides, options."""

import re

import pytest
import torch

from mien.errors import BadOption, UnknownName
from mien.training import models
from mien.training.models import yolo_expression
from mien.training.models._cross_stage import Focus, Maker, PyramidPool

pytestmark = pytest.mark.train


@pytest.mark.parametrize(("width", "count"), [(0.25, 1_783_756), (0.5, 7_079_724)])
def test_n_and_s_have_the_parameters_that_are_stated(width: float, count: int) -> None:
    network = yolo_expression.build(width=width)
    assert sum(entry.numel() for entry in network.parameters()) == count
    assert re.search(f"{count:,}", yolo_expression.__doc__ or "")


@pytest.mark.parametrize("classes", [1, 7])
def test_three_maps_at_strides_8_16_and_32(classes: int) -> None:
    maps = yolo_expression.build(classes)(torch.zeros(2, 3, 96, 160))
    values = 3 * (5 + classes)
    assert [tuple(each.shape) for each in maps] == [
        (2, values, 12, 20),
        (2, values, 6, 10),
        (2, values, 3, 5),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"stem": "conv"},
        {"activation": "silu"},
        {"activation": "mish"},
        {"attention": "sam"},
        {"depth": 0.67},
        {},
    ],
)
def test_every_option_learns_with_all_its_weights(options: dict[str, object]) -> None:
    network = models.build("yolo_expression", 7, 3, **options).train()
    maps = network(torch.rand(2, 3, 64, 64) * 255)
    torch.stack([each.square().sum() for each in maps]).sum().backward()
    assert all(entry.grad is not None and entry.grad.any() for entry in network.parameters())


def test_attention_costs_98_weights_for_each_of_three_maps() -> None:
    plain, attentive = yolo_expression.build(), yolo_expression.build(attention="sam")
    counts = [sum(entry.numel() for entry in each.parameters()) for each in (plain, attentive)]
    assert counts[1] - counts[0] == 3 * 2 * 7 * 7


def test_faces_are_rare_to_a_fresh_network() -> None:
    maps = yolo_expression.build()(torch.rand(1, 3, 64, 64) * 255)
    objectness = torch.cat([each.view(3, 12, -1)[:, 4].flatten() for each in maps])
    assert 0 < float(objectness.detach().sigmoid().max()) < 0.1


def test_focus_takes_every_pixel_once() -> None:
    picture = torch.arange(2 * 3 * 6 * 8).view(2, 3, 6, 8).float()
    sliced = Focus()(picture)
    assert sliced.shape == (2, 12, 3, 4)
    assert sorted(sliced.flatten().tolist()) == picture.flatten().tolist()
    torch.testing.assert_close(sliced[:, 3:6], picture[:, :, 1::2, ::2])


def test_pooling_in_turn_is_pooling_of_5_9_and_13() -> None:
    pool = PyramidPool(Maker(1.0, 1.0, "leaky_relu"), 8).eval()
    pool.merge = torch.nn.Identity()
    x = torch.rand(1, 8, 20, 20)
    narrow = pool.narrow(x)
    wanted = [torch.nn.functional.max_pool2d(narrow, side, 1, side // 2) for side in (5, 9, 13)]
    torch.testing.assert_close(pool(x), torch.cat((narrow, *wanted), dim=1))


@pytest.mark.parametrize(
    "options", [{"stem": "slice"}, {"activation": "gelu"}, {"attention": "se"}, {"width": 0.0}]
)
def test_other_values_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadOption, match=next(iter(options))):
        models.build("yolo_expression", 7, 3, **options)


def test_other_options_are_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean width"):
        models.build("yolo_expression", 7, 3, widht=0.25)
