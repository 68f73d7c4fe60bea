"""Weights stored in half precision: the file is half as long, and what is computed stays float32.

Each large float32 constant becomes a float16 one behind a Cast. ONNX Runtime carries the Casts out once, when
it opens the file, so a face takes no longer than before.
"""

import numpy as np
import onnx
from onnx import numpy_helper

from mien.training import onnx_file

LEAST = 256
"""Constants with fewer numbers stay as they are: a Cast would be longer than what it saves."""
SUFFIX = ".half"


def halved(content: bytes) -> bytes:
    """The model file ``content`` with its large constants as float16.

    A constant that float16 cannot hold (a number beyond 65,504) stays float32.
    """
    model = onnx.load_model_from_string(content)
    graph, casts = model.graph, []
    for entry in graph.initializer:
        small = _half(entry)
        if small is not None:
            casts.append(onnx.helper.make_node("Cast", [small.name], [entry.name], to=onnx.TensorProto.FLOAT))
            entry.CopyFrom(small)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return onnx_file.plain(model)


def restored(content: bytes) -> bytes:
    """The model file ``content`` with all constants as float32 again, under their own names."""
    model = onnx.load_model_from_string(content)
    graph = model.graph
    kept = {entry.name: entry for entry in graph.initializer}
    nodes = []
    for node in graph.node:
        entry = kept.get(node.input[0]) if node.op_type == "Cast" else None
        if entry is None or entry.data_type != onnx.TensorProto.FLOAT16:
            nodes.append(node)
        else:
            values = numpy_helper.to_array(entry).astype(np.float32)
            entry.CopyFrom(numpy_helper.from_array(values, node.output[0]))
    del graph.node[:]
    graph.node.extend(nodes)
    return onnx_file.plain(model)


def _half(entry: onnx.TensorProto) -> onnx.TensorProto | None:
    if entry.data_type != onnx.TensorProto.FLOAT or np.prod(entry.dims) < LEAST:
        return None
    with np.errstate(over="ignore"):  # looked for right below
        values = numpy_helper.to_array(entry).astype(np.float16)
    return numpy_helper.from_array(values, entry.name + SUFFIX) if np.isfinite(values).all() else None
