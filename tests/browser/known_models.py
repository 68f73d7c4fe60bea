"""Classifiers that answer the same for every face."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from mien.artifact import Calibration, Card, InputSpec
from mien.labels import FER7


def write_model(folder: Path, name: str, **certain: float) -> None:
    """Write a model that gives one label the stated probability and the others equal shares of the rest."""
    ((label, share),) = certain.items()
    shares = np.full(len(FER7), (1 - share) / (len(FER7) - 1), np.float32)
    shares[FER7.index(label)] = share
    (folder / f"{name}.onnx").write_bytes(_model(np.log(shares)))
    spec = InputSpec(48, 48, "gray", (0.0,), (255.0,))
    calibration = Calibration(unsure_below=0.5)
    card = Card(name, "expression", "onnx", FER7, spec, calibration=calibration, description=f"Says {label}.")
    (folder / f"{name}.json").write_text(card.as_json(), "utf-8")


def _model(logits: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bytes:
    nothing = np.zeros((48 * 48, len(logits)), np.float32)
    nodes = [
        helper.make_node("Flatten", ["pictures"], ["pixels"]),
        helper.make_node("Gemm", ["pixels", "nothing", "constant"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "constant",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["batch", 1, 48, 48])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(logits)])],
        [numpy_helper.from_array(nothing, "nothing"), numpy_helper.from_array(logits, "constant")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
