"""Inference sessions. A backend answers three questions: what goes in, what comes out, and what it is."""

from pathlib import Path
from typing import Protocol

import numpy as np

from mien.errors import ModelError
from mien.types import Floats


class Backend(Protocol):
    """A loaded model. Safe to call from several threads at once."""

    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the only input; None for a free dimension."""

    def output_shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Output name to shape, in the model's order; None for a free dimension."""

    def run(self, tensor: Floats) -> list[Floats]:
        """The outputs for ``tensor``, in the model's order."""


class OnnxRuntime:
    """ONNX Runtime on the CPU. One thread and no spinning: several small sessions share two cores best."""

    def __init__(self, model: bytes | Path, threads: int = 1) -> None:
        import onnxruntime  # 30 ms: only those who run a model pay

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        source = model if isinstance(model, bytes) else model.read_bytes()
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own exceptions share no public base class
            what = model if isinstance(model, Path) else f"{len(source)} bytes"
            raise ModelError(f"Cannot load an ONNX model from {what}: {error}") from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise ModelError(f"The model has {len(inputs)} inputs; one picture tensor is expected.")
        self._input = inputs[0].name

    def input_shape(self) -> tuple[int | None, ...]:
        return _shape(self._session.get_inputs()[0].shape)

    def output_shapes(self) -> dict[str, tuple[int | None, ...]]:
        return {output.name: _shape(output.shape) for output in self._session.get_outputs()}

    def run(self, tensor: Floats) -> list[Floats]:
        outputs = self._session.run(None, {self._input: tensor})
        return [np.asarray(output, np.float32) for output in outputs]


def _shape(shape: list[int | str | None]) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in shape)
