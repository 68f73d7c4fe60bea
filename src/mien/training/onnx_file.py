"""A network as an ONNX file without traces of its making, and the writing of it with its card."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from mien.artifact import Card
from mien.errors import ModelError, SinkError
from mien.training.quiet import quiet

OPSET = 18


def convert(
    network: nn.Module,
    example: Tensor,
    outputs: Sequence[str],
    free: dict[int, Any],
    picture: str = "pictures",
) -> bytes:
    """The file for ``network``: input ``picture`` of the shape of ``example``, ``outputs`` by name.

    ``free`` maps those dimensions of the input that may take any size to `torch.export.Dim`.
    """
    with quiet():
        program = torch.onnx.export(
            network.eval(),
            (example,),
            input_names=[picture],
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=(free,),
            verbose=False,
        )
    if program is None:
        raise ModelError("The network could not be exported to ONNX.")
    return plain(program.model_proto)


def plain(model: onnx.ModelProto) -> bytes:
    """The file for ``model``, checked and without notes of how it was made."""
    _strip(model)
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def write(out: Path, name: str, content: bytes, card: Card) -> Path:
    """Put ``name``.onnx and ``name``.json into the folder ``out``, each whole or not at all."""
    make_folder(out)
    path = out / f"{name}.onnx"
    for target, data in ((path, content), (path.with_suffix(".json"), card.as_json().encode())):
        part = target.with_name(target.name + ".part")
        part.write_bytes(data)
        part.replace(target)
    return path


def make_folder(out: Path) -> None:
    """Make the folder ``out``; raises as `check_folder` does."""
    check_folder(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(
            f"Cannot make the folder '{out}': {error.strerror}. Choose another with --out."
        ) from error


def check_folder(out: Path) -> None:
    """Raise `SinkError` where ``out`` cannot be made, or not be written into; nothing is made for it."""
    there = next((path for path in (out, *out.parents) if path.exists()), out)
    if not there.is_dir():
        raise SinkError(f"Cannot make the folder '{out}': '{there}' is none. Choose another with --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise SinkError(f"You may not write into the folder '{there}'. Choose another with --out.")


def _strip(model: onnx.ModelProto) -> None:
    """Drop the source files and stack traces that the exporter notes at every node."""
    graph = model.graph
    for entry in (*graph.node, *graph.input, *graph.output, *graph.initializer, *graph.value_info):
        del entry.metadata_props[:]
        entry.doc_string = ""
    del graph.metadata_props[:], graph.value_info[:], model.metadata_props[:]
