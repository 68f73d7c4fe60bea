"""Static int8: weights per channel, activations by what real faces make of them (QDQ, by ONNX Runtime).

Weights take 7 of their 8 bits: on x86 processors without VNNI the sum of two full products overflows 16 bits.
"""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import onnx
from onnxruntime import quantization
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType

from mien.training import norms, onnx_file
from mien.types import Floats

METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy,
}
"""How the range of an activation is found: all that was seen, all but the outermost, or by least loss."""
STEP = 16
"""Pictures that calibration looks at in one go: every activation of them is held in memory."""
PERCENTILE = 99.99
_PREPARED = ("onnx.quant.pre_process", "onnxruntime.quant")
"""Tells the quantizer that the graph is folded already; otherwise it warns through the root logger."""


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # the package is untyped
    """Hands out ``pictures`` (N, C, H, W) in steps, as often as it is asked to start anew."""

    def __init__(self, name: str, pictures: Floats) -> None:
        self.name = name
        self.steps = [pictures[start : start + STEP] for start in range(0, len(pictures), STEP)]
        self.set_range(0, len(self.steps))

    def __len__(self) -> int:
        return len(self.steps)

    def set_range(self, start_index: int, end_index: int) -> None:
        self.left = iter(self.steps[start_index:end_index])

    def get_next(self) -> dict[str, Floats] | None:
        step = next(self.left, None)
        return None if step is None else {self.name: step}


def quantized(content: bytes, pictures: Floats, method: str, full_range: bool = False) -> bytes:
    """The float32 model file ``content`` as one that computes in int8.

    ``pictures`` (N, C, H, W) float32 are real faces, prepared as the model wants them; ``method`` is one of
    `METHODS`. ``full_range`` gives the weights all 8 bits, for processors with VNNI or ARM's dot product.
    """
    model = onnx.load_model_from_string(content)
    norms.as_convolutions(model)
    model.metadata_props.add(key=_PREPARED[0], value=_PREPARED[1])
    options: dict[str, Any] = {
        "CalibStridedMinMax": 1,  # one step at a time, whatever the method
        "CalibPercentile": PERCENTILE,
        "CalibTensorRangeSymmetric": False,  # what follows a ReLU is never negative
    }
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        path = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            model,
            path,
            _Reader(model.graph.input[0].name, pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=not full_range,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=METHODS[method],
            extra_options=options,
        )
        made = onnx.load(path)
    return onnx_file.plain(made)
