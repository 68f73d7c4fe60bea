"""Every network of the literature: its size as stated, its shapes, and that it can be built by name."""

import os
import re
import subprocess
import sys

import pytest
import torch

from mien.errors import BadOption, UnknownName
from mien.training import models
from mien.training.models import alexnet, cnn3, fer_net, mini_xception, resnet, vgg_slim

pytestmark = pytest.mark.train
EXPRESSIONS = [name for name in models.names() if name not in ("mien_face", "mien_68", "yolo_expression")]


def parameters(network: torch.nn.Module) -> int:
    return sum(entry.numel() for entry in network.parameters())


@pytest.mark.parametrize(
    ("module", "options", "count"),
    [
        (cnn3, {}, 106_503),
        (mini_xception, {}, 56_951),
        (vgg_slim, {}, 784_583),
        (alexnet, {}, 1_525_703),
        (fer_net, {}, 1_584_711),
        (resnet, {}, 11_171_271),
        (resnet, {"depth": 34}, 21_279_431),
        (resnet, {"depth": 50}, 23_513_543),
    ],
)
def test_a_network_has_the_parameters_that_its_docstring_states(
    module: object, options: dict[str, int], count: int
) -> None:
    network = module.build(7, **options)  # type: ignore[attr-defined]
    assert parameters(network) == count
    assert re.search(f"{count:,}", module.__doc__ or "")


def test_the_slim_vgg_is_as_large_as_the_papers() -> None:
    assert parameters(vgg_slim.build(7)) == pytest.approx(784_263, rel=0.01)


def test_half_precision_alexnet_fits_into_four_megabytes() -> None:
    assert 2 * parameters(alexnet.build(7)) < 4_000_000


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize(("channels", "side"), [(1, 48), (3, 64)])
def test_every_network_gives_one_logit_per_class(name: str, channels: int, side: int) -> None:
    network = models.build(name, 8, channels, side).train()
    logits = network(torch.rand(2, channels, side, side))
    assert logits.shape == (2, 8)
    logits.sum().backward()
    assert all(entry.grad is not None for entry in network.parameters())


@pytest.mark.parametrize("name", ["mini_xception", "resnet"])
@pytest.mark.parametrize("attention", ["se", "cbam"])
def test_attention_adds_a_few_weights(name: str, attention: str) -> None:
    plain, attentive = models.build(name, 7, 1), models.build(name, 7, 1, attention=attention)
    assert 1 < parameters(attentive) / parameters(plain) < 1.2
    assert attentive(torch.rand(2, 1, 48, 48)).shape == (2, 7)


def test_the_network_that_enlarges_its_pictures_sees_them_at_the_papers_side() -> None:
    plain, enlarging = models.build("mini_xception", 7, 1), models.build("mini_xception", 7, 1, enlarge=64)
    assert parameters(plain) == parameters(enlarging)
    sides = []
    last = next(layer for layer in enlarging if isinstance(layer, torch.nn.AdaptiveAvgPool2d))
    last.register_forward_pre_hook(lambda _, inputs: sides.append(tuple(inputs[0].shape[2:])))
    assert enlarging(torch.rand(2, 1, 48, 48)).shape == (2, 7)
    assert sides == [(4, 4)]
    with pytest.raises(BadOption, match="enlarge=-1"):
        models.build("mini_xception", 7, 1, enlarge=-1)


@pytest.mark.parametrize("side", [60, 61])
def test_a_shortcut_answers_alike_while_it_learns(side: int) -> None:
    shortcut, pictures = mini_xception.Halving(8, 16), torch.rand(2, 8, side, side)
    learning = shortcut.train()(pictures)
    assert torch.allclose(learning, shortcut.eval()(pictures), atol=1e-6)
    assert torch.allclose(learning, torch.nn.Conv2d.forward(shortcut, pictures), atol=1e-6)


def test_a_large_picture_can_be_learned_from_with_channels_last() -> None:
    """In a process of its own: what goes wrong there ends it without a word."""
    code = (
        "import torch; from mien.training import models\n"
        "network = models.build('mini_xception', 7, 1, 64).train().to(memory_format=torch.channels_last)\n"
        "for _ in range(20): network(torch.rand(2, 1, 64, 64)).square().mean().backward()"
    )
    environment = {**os.environ, "MALLOC_CHECK_": "3"}  # glibc then looks after every piece of memory
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_does_not_exist_is_said() -> None:
    with pytest.raises(UnknownName, match="vgg_slim"):
        models.build("vgg_slin", 7, 1)
    with pytest.raises(UnknownName, match="depth"):
        models.build("resnet", 7, 1, deph=18)
    with pytest.raises(BadOption, match="18, 34, 50"):
        models.build("resnet", 7, 1, depth=101)
    with pytest.raises(BadOption, match="se, cbam"):
        models.build("mini_xception", 7, 1, attention="eca")


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("vgg_slim", {"dropout": "half"}, "dropout='half' of vgg_slim must be int or float. Default: 0.25"),
        ("alexnet", {"dropout": True}, "dropout=True of alexnet must be int or float"),
        ("resnet", {"width": 2.5}, "width=2.5 of resnet must be int. Default: 64"),
        ("resnet", {"width": 0}, "width=0 leaves no channel"),
        ("vgg_slim", {"dropout": 2}, "cannot be built with dropout=2: .* between 0 and 1"),
    ],
)
def test_a_value_that_does_not_fit_is_said(name: str, options: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadOption, match=complaint):
        models.build(name, 7, 1, **options)
