"""Inference sessions. A backend answers three questions: what goes in, what comes out, and what it is."""

import os
from pathlib import Path
from typing import Protocol

import numpy as np

from mien.artifact import Artifact
from mien.errors import BadOption, ModelError
from mien.types import Floats

Shape = tuple[int | None, ...]
"""None for a free dimension."""
_FLOAT = "tensor(float)"
"""What the runtime calls an input of 32-bit floats."""
MOST_THREADS = 4 * max(os.cpu_count() or 1, 8)
"""For each model the runtime makes a pool of so many, whether the machine has cores for them or not."""


class Backend(Protocol):
    """A loaded model. Safe to call from several threads at once."""

    def input_shape(self) -> Shape:
        """The shape of the only input."""

    def output_shapes(self) -> dict[str, Shape]:
        """Output name to shape, in the model's order."""

    def run(self, tensor: Floats) -> list[Floats]:
        """The outputs for ``tensor``, in the model's order."""


class OnnxRuntime:
    """ONNX Runtime on the CPU. One thread and no spinning: several small sessions share two cores best."""

    def __init__(self, model: bytes | Path, threads: int = 1) -> None:
        import onnxruntime  # 30 ms: only those who run a model pay

        if not 1 <= threads <= MOST_THREADS:  # the runtime would take all cores for 0
            raise BadOption(f"threads={threads} does not fit. Give a number from 1 to {MOST_THREADS}.")
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
        if inputs[0].type != _FLOAT:
            raise ModelError(
                f"The model takes {inputs[0].type}, but pictures come as {_FLOAT}. Export it with an input "
                "of 32-bit floats; its weights may stay smaller."
            )
        self._input = inputs[0].name

    def input_shape(self) -> Shape:
        return _shape(self._session.get_inputs()[0].shape)

    def output_shapes(self) -> dict[str, Shape]:
        return {output.name: _shape(output.shape) for output in self._session.get_outputs()}

    def run(self, tensor: Floats) -> list[Floats]:
        outputs = self._session.run(None, {self._input: tensor})
        return [np.asarray(output, np.float32) for output in outputs]


def batch_size(found: Shape, model: Artifact, most: int) -> int:
    """How many crops to feed to ``model`` at once, its input being ``found``: one where it takes no more.

    Else ``most``. Raises `ModelError` for an input that is not the card's, or of another fixed number.
    """
    spec = model.card.input
    wanted = (spec.channels, spec.height, spec.width)
    fits = len(found) == 4 and all(have in (None, want) for have, want in zip(found[1:], wanted, strict=True))
    if not fits:
        raise ModelError(
            f"'{model.path}' takes input of shape {written(found)}, but its card states "
            f"{written((None, *wanted))} (N, channels, height, width). "
            "Correct the card or export the model again."
        )
    if found[0] not in (None, 1):
        raise ModelError(
            f"'{model.path}' takes exactly {found[0]} pictures at once. Export it with a free batch size."
        )
    return found[0] or most


def written(shape: Shape) -> str:
    """``shape`` for a message, as "(N, 1, 48, 48)"."""
    return "(" + ", ".join("N" if size is None else str(size) for size in shape) + ")"


def _shape(shape: list[int | str | None]) -> Shape:
    return tuple(size if isinstance(size, int) else None for size in shape)
