import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.artifact import BUNDLED
from mien.errors import ModelError
from mien.evaluation import flops


def network(*steps: tuple[str, tuple[int, ...], dict[str, object]]) -> bytes:
    """A chain of operations, each with weights of the given shape and attributes."""
    nodes, weights = [], []
    for place, (kind, shape, attributes) in enumerate(steps):
        inputs = [f"x{place}"]
        if shape:
            weights.append(numpy_helper.from_array(np.ones(shape, np.float32), f"w{place}"))
            inputs.append(f"w{place}")
        nodes.append(helper.make_node(kind, inputs, [f"x{place + 1}"], **attributes))
    first = helper.make_tensor_value_info("x0", TensorProto.FLOAT, None)
    last = helper.make_tensor_value_info(f"x{len(steps)}", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [first], [last], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(onnx.ModelProto.SerializeToString(model))


@pytest.mark.parametrize(
    ("step", "shape", "expected"),
    [
        (("Conv", (8, 3, 3, 3), {}), (1, 3, 10, 10), 8 * 8 * 8 * 3 * 9),
        (("Conv", (8, 3, 3, 3), {"strides": [2, 2]}), (1, 3, 11, 11), 8 * 5 * 5 * 3 * 9),
        (("Conv", (6, 1, 3, 3), {"group": 6}), (1, 6, 10, 10), 6 * 8 * 8 * 9),
        (("ConvTranspose", (4, 2, 2, 2), {"strides": [2, 2]}), (1, 4, 5, 5), 4 * 5 * 5 * 2 * 4),
        (("Gemm", (20, 5), {}), (1, 20), 100),
        (("Gemm", (5, 20), {"transB": 1}), (1, 20), 100),
        (("MatMul", (20, 5), {}), (1, 20), 100),
        (("Relu", (), {}), (1, 20), 0),
    ],
)
def test_each_kind_by_hand(
    step: tuple[str, tuple[int, ...], dict[str, object]], shape: tuple[int, ...], expected: int
) -> None:
    assert flops.count(network(step), shape) == 2 * expected


def test_a_chain_is_the_sum_of_its_links() -> None:
    chain = network(("Conv", (4, 1, 3, 3), {}), ("Flatten", (), {}), ("Gemm", (4 * 36, 7), {}))
    assert flops.count(chain, (1, 1, 8, 8)) == 2 * (4 * 36 * 9 + 4 * 36 * 7)


def test_more_pictures_cost_more() -> None:
    layer = network(("Conv", (8, 3, 3, 3), {}))
    assert flops.count(layer, (4, 3, 10, 10)) == 4 * flops.count(layer, (1, 3, 10, 10))


def test_a_shipped_model() -> None:
    model = (BUNDLED / "mini_xception.onnx").read_bytes()
    assert flops.count(model, (1, 1, 48, 48)) == pytest.approx(20.3e6, rel=0.01)


def test_what_does_not_run_is_said() -> None:
    with pytest.raises(ModelError, match="Cannot count the operations of 4 bytes"):
        flops.count(b"text", (1, 2))
    with pytest.raises(ModelError, match="Cannot count"):
        flops.count(network(("Conv", (8, 3, 3, 3), {})), (1, 5, 10, 10))
