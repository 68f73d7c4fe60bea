import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from mien import artifact
from mien.backends import OnnxRuntime
from mien.errors import ModelError
from mien.training import building, export, models, recipe
from mien.training.onnx_weights import load_onnx
from mien.training.recipe import INPUT

pytestmark = pytest.mark.train
NAMES = ["mini_xception", "vgg_slim", "fer_net"]
"""Batch norms folded into convolutions, kept behind a ReLU, and folded into dense layers."""


def pictures(count: int = 48) -> torch.Tensor:
    return torch.randn(count, 1, 48, 48, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module", params=NAMES)
def exported(request: pytest.FixtureRequest) -> tuple[str, nn.Module, bytes]:
    """A network after a few steps, and its export; made once: exporting takes seconds."""
    torch.manual_seed(2)
    network = models.build(request.param, 7, 1).train()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(3):
        nn.functional.cross_entropy(network(pictures(16)), torch.arange(16) % 7).backward()
        optimizer.step()
    return request.param, network.eval(), export.to_onnx(network.eval(), INPUT)


def shipped() -> nn.Module:
    """The network of the model in the package, with fresh weights."""
    return building.build(recipe.load("mini_xception"), 7)


def undropped(network: nn.Module) -> nn.Module:
    """Learning, but for the dropout: batch norms by the batch."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    return network


def test_a_model_file_becomes_its_network_again(exported: tuple[str, nn.Module, bytes]) -> None:
    name, network, content = exported
    loaded = load_onnx(models.build(name, 7, 1), content, pictures(), name)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(pictures()), network(pictures()), atol=1e-4, rtol=1e-3)


def test_folded_batch_norms_learn_as_if_never_folded() -> None:
    content = artifact.load("mini_xception", "expression").read()
    loaded = load_onnx(shipped(), content, pictures(), "it")
    with torch.inference_mode():
        answers = loaded(pictures())
        # On the pictures that they were settled by, the batch's statistics are the running ones.
        torch.testing.assert_close(undropped(loaded)(pictures()), answers, atol=1e-3, rtol=1e-3)
        expected = OnnxRuntime(content).run(pictures().numpy())[0]
    np.testing.assert_allclose(answers.numpy(), expected, atol=1e-4)


def test_half_precision_constants_keep_their_names() -> None:
    content = artifact.load("mini_xception", "expression").read()
    model = onnx.load_model_from_string(content)
    for entry in list(model.graph.initializer):
        if entry.name == "10.body.5.weight":
            values = numpy_helper.to_array(entry).astype(np.float16)
            entry.CopyFrom(numpy_helper.from_array(values, entry.name + ".half"))
            node = onnx.helper.make_node(
                "Cast", [entry.name], ["10.body.5.weight"], to=onnx.TensorProto.FLOAT
            )
            model.graph.node.insert(0, node)
    load_onnx(shipped(), model.SerializeToString(), pictures(16), "it")


@pytest.mark.parametrize("other", ["cnn3", "vgg_slim"])
def test_another_networks_file_is_refused(other: str) -> None:
    content = artifact.load("mini_xception", "expression").read()
    with pytest.raises(ModelError, match="weights of 'it' are not those of its network"):
        load_onnx(models.build(other, 7, 1), content, pictures(4), "it")


def test_a_file_that_answers_otherwise_is_refused() -> None:
    model = onnx.load_model_from_string(artifact.load("mini_xception", "expression").read())
    (last,) = (node for node in model.graph.node if node.output[0] == "logits")
    last.output[0] = "before"
    model.graph.node.append(onnx.helper.make_node("Neg", ["before"], ["logits"]))
    with pytest.raises(ModelError, match="does not answer as 'it' does"):
        load_onnx(shipped(), model.SerializeToString(), pictures(4), "it")
