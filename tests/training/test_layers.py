from pathlib import Path

import pytest
import torch
from torch import nn

from mien import artifact
from mien.errors import BadOption, UnknownName
from mien.evaluation import flops
from mien.evaluation import layers as exported
from mien.training import building, expression, layers, models, recipe
from mien.training.recipe import Recipe

pytestmark = pytest.mark.train


def test_a_network_counted_by_hand() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4, 2))
    found = layers.layers(network, (1, 4, 4))
    assert [(each.kind, each.shape) for each in found] == [
        ("Conv2d", (4, 2, 2)),
        ("ReLU", (4, 2, 2)),
        ("Flatten", (16,)),
        ("Linear", (2,)),
    ]
    assert [each.parameters for each in found] == [36, 0, 0, 34]
    assert [each.operations for each in found] == [2 * 16 * 9, 0, 0, 2 * 32]


def test_a_layer_met_twice_holds_its_weights_once() -> None:
    dense = nn.Linear(3, 3)
    found = layers.layers(nn.Sequential(dense, nn.ReLU(), dense), (3,))
    assert [each.parameters for each in found] == [12, 0, 0]
    assert sum(each.operations for each in found) == 2 * 18


@pytest.mark.parametrize("name", ["cnn3", "mini_xception", "resnet18"])
def test_all_parameters_are_counted(name: str) -> None:
    found = layers.of_model(name)
    options = {"depth": 18} if name == "resnet18" else {}
    network = models.build("resnet" if name == "resnet18" else name, 7, 1, **options)
    assert sum(each.parameters for each in found) == sum(each.numel() for each in network.parameters())
    assert found[-1].shape == (7,)


def test_a_network_and_its_file_cost_the_same() -> None:
    content = artifact.load("mini_xception", "expression").read()
    there = exported.layers(content, (1, 1, 48, 48))
    operations = sum(each.operations for each in layers.of_model("mini_xception"))
    assert operations == sum(each.operations for each in there) == flops.count(content, (1, 1, 48, 48))
    assert there[-1].shape == (7,)
    assert [each.shape for each in there[:2]] == [(1, 64, 64), (8, 62, 62)]
    # Each of the 12 batch norms was folded to one bias per channel.
    assert sum(each.parameters for each in there) < 56_951


def test_networks_of_the_zoo_have_names_without_a_recipe() -> None:
    assert {"resnet", "resnet50", "vgg_slim"} <= set(layers.names())
    assert not {"mien_68", "mien_face"} & set(layers.names())
    assert len(layers.of_model("resnet")) == len(layers.of_model("resnet18"))
    with pytest.raises(UnknownName, match="vgg_slim"):
        layers.of_model("vgg_slin")


def test_an_own_recipe_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('model = "cnn3"\n[input]\nwidth = 64\nheight = 64\n[data]\nlabels = ["happy", "sad"]\n')
    found = layers.of_model(str(path))
    assert found[0].shape == (16, 60, 60)
    assert found[-1].shape == (2,)


def test_the_state_of_the_network_is_left_alone() -> None:
    network = models.build("cnn3", 7, 1)
    layers.layers(network, (1, 48, 48))
    assert all(not module._forward_hooks for module in network.modules())
    assert network(torch.zeros(1, 1, 48, 48)).shape == (1, 7)


@pytest.mark.parametrize(
    ("model", "width", "height"), [("vgg_slim", 48, 64), ("cnn3", 12, 12), ("cnn3", 4, 4)]
)
def test_a_network_that_does_not_take_the_recipes_pictures_is_refused(
    tmp_path: Path, made_faces: Path, model: str, width: int, height: int
) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(f'model = "{model}"\n[input]\nwidth = {width}\nheight = {height}\n')
    with pytest.raises(BadOption, match=f"{model} cannot take pictures of {width} x {height} pixels"):
        layers.of_model(str(path))
    with pytest.raises(BadOption, match=f"{model} cannot take pictures of {width} x {height} pixels"):
        expression.task(recipe.load(str(path)))


@pytest.mark.parametrize("model", ["mien_face", "nothing_like_it"])
def test_what_reads_no_expressions_is_no_network_for_them(model: str) -> None:
    with pytest.raises(UnknownName, match="Valid: alexnet, cnn3, fer_net, mini_xception, resnet") as refused:
        building.build(Recipe("own", model), 7)
    assert "yolo_expression" not in str(refused.value)
