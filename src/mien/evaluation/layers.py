"""What a model file is made of: its layers, the shapes of what they give, and what they cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mien.evaluation import flops

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization")
"""Operations whose constant inputs are weights."""


@dataclass(frozen=True, slots=True)
class Layer:
    """``shape``: of its output for one picture, channels first. ``parameters``: the numbers that it holds.

    ``operations``: multiplications and additions for one picture, of convolutions and dense layers, as is
    usual; the rest is a few percent.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    operations: int


def layers(model: bytes, shape: Sequence[int]) -> list[Layer]:
    """The nodes of the ONNX file ``model``, in their order, for one picture of ``shape`` (1, C, H, W).

    Batch norms were folded into convolutions by the export. Nodes that work out sizes alone are no layers.
    Raises `ModelError` for a file that does not run.
    """
    return [
        Layer(
            node.name,
            node.kind,
            tuple(node.output[1:]),
            sum(map(math.prod, node.inputs[1:])) if node.kind in WEIGHTED else 0,
            2 * flops.multiply_adds(node),
        )
        for node in flops.nodes(model, shape)
        if len(node.output) > 1  # one picture's share of (N, ...); a size has no second axis
    ]
