"""What one answer of a network costs: the multiplications and additions of its ONNX graph, counted.

The shapes come from ONNX Runtime itself: the graph is run once, unoptimised, with its profiler on. Only
convolutions and matrix products are counted, as is usual; the rest is a few percent.
"""

import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import ModelError

Shape = Sequence[int]


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a graph, with the shapes of its inputs (weights among them) and of its first output."""

    name: str
    kind: str
    inputs: Sequence[Shape]
    output: Shape


def count(model: bytes, shape: Shape) -> int:
    """Floating-point operations for one input of ``shape``: a multiplication and an addition count as two.

    Raises `ModelError` for a model that ONNX Runtime cannot run on such an input.
    """
    return 2 * sum(map(multiply_adds, nodes(model, shape)))


def multiply_adds(node: Node) -> int:
    """Multiplications of ``node``, each with its addition; 0 for what is not counted."""
    inputs, output = node.inputs, node.output
    if node.kind == "Conv":  # weights are (out, in / groups, height, width)
        return math.prod(output) * math.prod(inputs[1][1:])
    if node.kind == "ConvTranspose":  # weights are (in, out / groups, height, width)
        return math.prod(inputs[0]) * math.prod(inputs[1][1:])
    if node.kind == "Gemm":  # either matrix may be transposed: what is summed over follows from the sizes
        return math.prod(output) * (math.prod(inputs[0]) // max(output[0], 1))
    if node.kind == "MatMul":
        return math.prod(output) * inputs[0][-1]
    return 0


def nodes(model: bytes, shape: Shape) -> Iterator[Node]:
    """Each node that was run for one input of ``shape``, in the order in which it was."""
    for event in _profile(model, shape):
        found = event.get("args", {})
        if event.get("cat") == "Node" and "output_type_shape" in found:
            inputs = [_shape(entry) for entry in found["input_type_shape"]]
            outputs = [_shape(entry) for entry in found["output_type_shape"]]
            if outputs:
                name = event["name"].removesuffix("_kernel_time")
                yield Node(name, found["op_name"], inputs, outputs[0])


def _shape(entry: dict[str, list[int]]) -> Shape:
    return next(iter(entry.values()), [])


def _profile(model: bytes, shape: Shape) -> list[dict[str, Any]]:
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "nodes")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        # Weights that are packed beforehand are not among the inputs that the profiler sees.
        options.add_session_config_entry("session.disable_prepacking", "1")
        try:
            session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            session.run(None, {session.get_inputs()[0].name: np.zeros(shape, np.float32)})
        except Exception as error:  # the runtime's own exceptions share no public base class
            raise ModelError(f"Cannot count the operations of {len(model)} bytes of ONNX: {error}") from error
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text("utf-8"))
        return events
