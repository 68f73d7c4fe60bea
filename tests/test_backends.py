from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mien.backends import OnnxRuntime
from mien.errors import BadOption, ModelError


def doubling(inputs: int = 1) -> bytes:
    """A model that doubles a (batch, 2) tensor."""
    values = [
        helper.make_tensor_value_info(f"x{index}", TensorProto.FLOAT, ["batch", 2]) for index in range(inputs)
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])
    graph = helper.make_graph(
        [helper.make_node("Add", ["x0", f"x{inputs - 1}"], ["y"])], "g", values, [output]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def test_shapes_and_results(tmp_path: Path) -> None:
    path = tmp_path / "double.onnx"
    path.write_bytes(doubling())
    for model in (doubling(), path):
        backend = OnnxRuntime(model)
        assert backend.input_shape() == (None, 2)
        assert backend.output_shapes() == {"y": (None, 2)}
        assert backend.run(np.ones((3, 2), np.float32))[0].tolist() == [[2, 2]] * 3


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="4 bytes"):
        OnnxRuntime(b"text")
    path = tmp_path / "text.onnx"
    path.write_text("text")
    with pytest.raises(ModelError, match=r"text\.onnx"):
        OnnxRuntime(path)


def test_several_inputs_are_refused() -> None:
    with pytest.raises(ModelError, match="2 inputs"):
        OnnxRuntime(doubling(inputs=2))


@pytest.mark.parametrize("threads", [0, -1, 100_000, 10**11])
def test_threads_have_their_bounds(threads: int) -> None:
    with pytest.raises(BadOption, match=f"threads={threads} does not fit"):
        OnnxRuntime(doubling(), threads)


def test_an_input_of_other_numbers_is_refused() -> None:
    values = helper.make_tensor_value_info("x", TensorProto.FLOAT16, ["batch", 2])
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT16, ["batch", 2])
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "g", [values], [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(ModelError, match=r"takes tensor\(float16\).*32-bit floats"):
        OnnxRuntime(model.SerializeToString())
