import pytest
import torch

from mien.errors import UnknownName
from mien.training import export, models


def test_it_has_the_papers_size() -> None:
    trainable, total = export.parameters(models.build("mini_xception", 7, 1))
    assert (trainable, total) == (56_951, 58_423)


@pytest.mark.parametrize("count", [1, 5])
def test_it_gives_one_row_of_logits_per_picture(count: int) -> None:
    network = models.build("mini_xception", 7, 1).eval()
    assert network(torch.zeros(count, 1, 48, 48)).shape == (count, 7)


def test_every_weight_learns() -> None:
    network = models.build("mini_xception", 7, 1)
    torch.manual_seed(1)
    network(torch.randn(4, 1, 48, 48)).logsumexp(dim=1).sum().backward()
    assert all(entry.grad is not None and entry.grad.abs().sum() > 0 for entry in network.parameters())


def test_four_blocks_halve_the_picture() -> None:
    network = models.build("mini_xception", 7, 1).eval()
    shapes = []
    x = torch.zeros(1, 1, 48, 48)
    for layer in network.children():
        x = layer(x)
        if isinstance(layer, torch.nn.Module) and type(layer).__name__ == "Block":
            shapes.append(tuple(x.shape[1:]))
    assert shapes == [(16, 22, 22), (32, 11, 11), (64, 6, 6), (128, 3, 3)]


def test_an_unknown_network_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean mini_xception"):
        models.build("mini_exception", 7, 1)
