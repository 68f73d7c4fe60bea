"""Models that answer the same for every face, and one that finds a face in every picture."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from mien.artifact import Calibration, Card, DetectionSpec, InputSpec
from mien.labels import FER7

STRIDE, WHOLE, SURE = 32, 4000.0, 3.0
"""Every cell sees a face of ``WHOLE`` pixels a side: cut at the picture's edge, all are the same one."""


def write_model(folder: Path, name: str, **certain: float) -> None:
    """Write a model that gives one label the stated probability and the others equal shares of the rest."""
    (label,) = certain
    shares = _shares(certain)
    (folder / f"{name}.onnx").write_bytes(_model(np.log(shares)))
    spec = InputSpec(48, 48, "gray", (0.0,), (255.0,))
    calibration = Calibration(unsure_below=0.5)
    card = Card(name, "expression", "onnx", FER7, spec, calibration=calibration, description=f"Says {label}.")
    (folder / f"{name}.json").write_text(card.as_json(), "utf-8")


def write_seer(folder: Path, name: str, **certain: float) -> None:
    """Write a detector that reads expressions itself: each picture is one face, which shows one label."""
    logits = np.log(_shares(certain))
    values = np.concatenate(([0.0, 0.0, 0.0, 0.0, SURE], logits)).astype(np.float32)
    (folder / f"{name}.onnx").write_bytes(_everywhere(values))
    card = Card(
        name,
        "detection",
        "onnx",
        FER7,
        InputSpec(0, 0, "bgr", (0.0,) * 3, (1.0,) * 3),
        detection=DetectionSpec("anchors", (STRIDE,), anchors=(((WHOLE, WHOLE),),)),
        description="Sees one face and reads it.",
        parameters=12,
        figures={"map50": 0.4567},
    )
    (folder / f"{name}.json").write_text(card.as_json(), "utf-8")


def _shares(certain: dict[str, float]) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    ((label, share),) = certain.items()
    shares = np.full(len(FER7), (1 - share) / (len(FER7) - 1), np.float32)
    shares[FER7.index(label)] = share
    return shares


def _everywhere(values: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> bytes:
    """A network whose map of one stride holds ``values`` in every cell, whatever the picture shows."""
    count = len(values)
    nodes = [
        helper.make_node(
            "AveragePool", ["picture"], ["mean"], kernel_shape=[STRIDE] * 2, strides=[STRIDE] * 2
        ),
        helper.make_node("Conv", ["mean", "nothing", "values"], [f"stride_{STRIDE}"]),
    ]
    graph = helper.make_graph(
        nodes,
        "everywhere",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"])],
        [helper.make_tensor_value_info(f"stride_{STRIDE}", TensorProto.FLOAT, [1, count, "rows", "columns"])],
        [
            numpy_helper.from_array(np.zeros((count, 3, 1, 1), np.float32), "nothing"),
            numpy_helper.from_array(values, "values"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


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
