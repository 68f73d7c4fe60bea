"""A model small enough to know its answers by heart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.labels import FER7

MakeModel = Callable[..., Path]


@pytest.fixture
def make_model(tmp_path: Path) -> MakeModel:
    """Write an .onnx file whose logit k is k times the mean of the normalised picture, and its card.

    Keywords change the card; ``outputs``, ``shape`` and ``names`` change the model alone.
    """

    def make(
        name: str = "tiny",
        outputs: int = 7,
        shape: tuple[object, ...] = ("batch", 1, 8, 6),
        twice: bool = False,
        **card: Any,
    ) -> Path:
        path = tmp_path / "own" / f"{name}.onnx"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_model(outputs, shape, twice))
        defaults = {
            "name": name,
            "task": "expression",
            "runner": "onnx",
            "labels": list(FER7),
            "input": {"width": 6, "height": 8, "colour": "gray", "mean": [100.0], "std": [50.0]},
            "crop": {"scale": 1.0, "shift_y": 0.0},
            "calibration": {"temperature": 1.0, "unsure_below": 0.5},
        }
        path.with_suffix(".json").write_text(json.dumps(defaults | card), "utf-8")
        return path

    return make


def _model(outputs: int, shape: tuple[object, ...], twice: bool) -> bytes:
    slopes = np.arange(outputs, dtype=np.float32)[None]
    nodes = [
        helper.make_node("Flatten", ["pictures"], ["pixels"]),
        helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"]),
        helper.make_node("MatMul", ["mean", "slopes"], ["logits"]),
    ]
    results = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [shape[0], outputs])]
    if twice:
        results.append(helper.make_tensor_value_info("mean", TensorProto.FLOAT, [shape[0], 1]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, list(shape))],
        results,
        [numpy_helper.from_array(slopes, "slopes"), numpy_helper.from_array(np.array([1]), "axes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
