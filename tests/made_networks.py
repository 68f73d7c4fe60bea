"""Small networks as ONNX files, made by hand: no training, no exporter, no waiting."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, WIDTH, CLASSES = 48, 8, 7


def network(side: int | None = SIDE) -> bytes:
    """Convolution, ReLU, batch norm, convolution, mean over the picture, dense layer; weights by chance.

    Pictures have ``side`` pixels a side; any number if that is None.
    """
    random = np.random.default_rng(2)
    weights = {
        "first.weight": random.normal(0, 0.4, (WIDTH, 1, 3, 3)),
        "first.bias": random.normal(0, 0.1, WIDTH),
        "norm.weight": random.uniform(-1, 2, WIDTH),
        "norm.bias": random.normal(0, 0.3, WIDTH),
        "norm.mean": random.normal(0.5, 0.2, WIDTH),
        "norm.variance": random.uniform(0.5, 2, WIDTH),
        "second.weight": random.normal(0, 0.2, (WIDTH, WIDTH, 3, 3)),
        "last.weight": random.normal(0, 2, (CLASSES, WIDTH)),
        "last.bias": random.normal(0, 0.5, CLASSES),
    }
    norm = ["norm.weight", "norm.bias", "norm.mean", "norm.variance"]
    nodes = [
        helper.make_node("Conv", ["pictures", "first.weight", "first.bias"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("BatchNormalization", ["b", *norm], ["c"], name="norm", epsilon=1e-3),
        helper.make_node("Conv", ["c", "second.weight"], ["d"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["d"], ["e"]),
        helper.make_node("GlobalAveragePool", ["e"], ["f"]),
        helper.make_node("Flatten", ["f"], ["g"]),
        helper.make_node("Gemm", ["g", "last.weight", "last.bias"], ["logits"], transB=1),
    ]
    return _file(nodes, weights, ["batch", 1, side or "rows", side or "columns"], ["batch", CLASSES])


def flat_norm() -> bytes:
    """A batch norm over numbers, not pictures."""
    names = ["scale", "shift", "mean", "variance"]
    nodes = [helper.make_node("BatchNormalization", ["pictures", *names], ["logits"])]
    weights = dict(zip(names, np.array([[1.5, 2], [0, 1], [0.1, 0.2], [1, 2]]), strict=True))
    return _file(nodes, weights, ["batch", 2], ["batch", 2])


def _file(
    nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray], shape: list[str | int], out: list[str | int]
) -> bytes:
    stored = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, out)],
        stored,
    )
    opset = [helper.make_opsetid("", 18)]
    content: bytes = helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    return content
