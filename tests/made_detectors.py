"""Detectors small enough to know their answers by heart: they take whatever is bright for a face.

Each writes an ``.onnx`` file and its card. Needs the package onnx, which comes with the extra ``train``.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

SIZE = (4.0, 6.0)
"""Width and height of the faces of `anchor_free`, in strides."""
CENTER = (0.5, 0.25)
"""Their center, in strides from the corner of the cell."""
POINTS = np.arange(10, dtype=np.float32).reshape(5, 2) / 10
"""Their points, in strides from the corner of the cell."""
GREEN_STEP, APART = 30, 2.0
"""`anchors` reads as its k-th label what has k times this much green; its logit is so far over the next."""
STEEP, BRIGHT = 0.1, 200.0
"""The score's logit is ``STEEP`` times what the cell's mean is over ``BRIGHT``."""
GRID = 40
"""Side of the places that `boxes_scores` knows, in pixels of its input."""


def anchor_free(
    path: Path,
    *,
    strides: Sequence[int] = (8, 16, 32),
    channel: int = 0,
    sides: tuple[object, object] = ("height", "width"),
    channels: int = 3,
    values: int = 15,
    **card: Any,
) -> Path:
    """A model like mien_face at ``path``: a face for each cell whose mean in ``channel`` is over `BRIGHT`."""
    nodes, fixed, outputs = [], [], []
    for stride in strides:
        weight = np.zeros((values, channels, 1, 1), np.float32)
        weight[0, channel] = STEEP
        bias = np.array([-STEEP * BRIGHT, *CENTER, *np.log(SIZE), *POINTS.ravel()], np.float32)[:values]
        fixed += [numpy_helper.from_array(weight, f"w{stride}"), numpy_helper.from_array(bias, f"b{stride}")]
        nodes += [
            _means(stride),
            _node("Conv", [f"mean{stride}", f"w{stride}", f"b{stride}"], f"stride_{stride}"),
        ]
        outputs.append(_value(f"stride_{stride}", (1, values, f"rows{stride}", f"columns{stride}")))
    _write(path, nodes, [_value("picture", ("batch", channels, *sides))], outputs, fixed)
    free = {"width": 0, "height": 0, "colour": "bgr", "mean": [0, 0, 0], "std": [1, 1, 1]}
    spec = {"layout": "anchor_free", "strides": list(strides)}
    return _card(path, {"input": free, "detection": spec} | card)


def anchors(
    path: Path,
    *,
    labels: Sequence[str],
    strides: Sequence[int] = (16,),
    sides: Sequence[Sequence[Sequence[float]]] = (((24, 32), (64, 48)),),
    surplus: int = 0,
    **card: Any,
) -> Path:
    """A model like yolo_expression at ``path``: for each cell whose mean of blue is over `BRIGHT` a face in
    its middle, as large as the first of ``sides``; the green tells its label.

    Where the red is over 127, the face is as large as the last of ``sides``.
    """
    nodes, fixed, outputs = [], [], []
    for stride, pairs in zip(strides, sides, strict=True):
        weight = np.zeros((len(pairs), 5 + len(labels), 3, 1, 1), np.float32)
        bias = np.zeros(weight.shape[:2], np.float32)
        weight[:, 4, 0], bias[:, 4] = STEEP, -STEEP * BRIGHT
        if len(pairs) > 1:
            weight[0, 4, 2], weight[-1, 4, 2], bias[-1, 4] = -1, 1, -STEEP * BRIGHT - 127
        places = np.arange(len(labels), dtype=np.float32)
        weight[:, 5:, 1, 0, 0], bias[:, 5:] = 2 * APART * places / GREEN_STEP, -APART * places**2
        count = bias.size + surplus
        flat = np.zeros((count, 3, 1, 1), np.float32)
        flat[: bias.size] = weight.reshape(-1, 3, 1, 1)
        whole = np.append(bias.ravel(), np.zeros(surplus, np.float32))
        fixed += [numpy_helper.from_array(flat, f"w{stride}"), numpy_helper.from_array(whole, f"b{stride}")]
        nodes += [
            _means(stride),
            _node("Conv", [f"mean{stride}", f"w{stride}", f"b{stride}"], f"stride_{stride}"),
        ]
        outputs.append(_value(f"stride_{stride}", (1, count, f"rows{stride}", f"columns{stride}")))
    _write(path, nodes, [_value("picture", ("batch", 3, "height", "width"))], outputs, fixed)
    free = {"width": 0, "height": 0, "colour": "bgr", "mean": [0, 0, 0], "std": [1, 1, 1]}
    spec = {"layout": "anchors", "strides": list(strides), "anchors": np.array(sides).tolist()}
    return _card(path, {"input": free, "detection": spec, "labels": list(labels)} | card)


def boxes_scores(path: Path, *, channel: int = 0, ends: tuple[int, int] = (2, 4), **card: Any) -> Path:
    """A model like UltraFace-320 at ``path``: 320 x 240, RGB, 48 places side by side, a face in each whose
    mean in ``channel`` is over 127.

    Its boxes stand over the left half of each place's square and leave it above by half.
    """
    rows, columns = 240 // GRID, 320 // GRID
    weight = np.zeros((ends[0], 3, 1, 1), np.float32)
    weight[1, channel] = 10
    y, x = (np.indices((rows, columns)) * GRID).reshape(2, -1).astype(np.float32)
    corners = (x / 320, (y - GRID / 2) / 240, (x + GRID / 2) / 320, (y + GRID / 2) / 240)
    boxes = np.stack(corners, axis=1)[None, :, : ends[1]]
    shape = np.array([1, -1, ends[0]])
    nodes = [
        _means(GRID),
        _node("Conv", [f"mean{GRID}", "weight"], "logits"),
        _node("Transpose", ["logits"], "last", perm=[0, 2, 3, 1]),
        _node("Reshape", ["last", "shape"], "flat"),
        _node("Softmax", ["flat"], "scores", axis=-1),
        _node("Identity", ["places"], "boxes"),
    ]
    fixed = {"weight": weight, "shape": shape, "places": boxes}
    outputs = [_value("scores", (1, rows * columns, ends[0])), _value("boxes", boxes.shape)]
    constants = [numpy_helper.from_array(array, name) for name, array in fixed.items()]
    _write(path, nodes, [_value("picture", (1, 3, 240, 320))], outputs, constants)
    spec = {"width": 320, "height": 240, "colour": "rgb", "mean": [127] * 3, "std": [128] * 3}
    return _card(path, {"input": spec, "detection": {"layout": "boxes_scores"}} | card)


def _means(side: int) -> NodeProto:
    return _node("AveragePool", ["picture"], f"mean{side}", kernel_shape=[side] * 2, strides=[side] * 2)


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> NodeProto:
    return helper.make_node(kind, list(inputs), [output], **attributes)


def _value(name: str, shape: Sequence[object]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def _write(path: Path, nodes: Any, inputs: Any, outputs: Any, fixed: Any) -> None:
    model = helper.make_model(
        helper.make_graph(nodes, "made", inputs, outputs, fixed),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def _card(path: Path, values: Mapping[str, Any]) -> Path:
    head = {"name": path.stem, "task": "detection", "runner": "onnx"}
    path.with_suffix(".json").write_text(json.dumps({**head, **values}), "utf-8")
    return path
