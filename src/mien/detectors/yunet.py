"""YuNet, a small anchor-free face detector with five points, run in ONNX Runtime.

Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023).
"""

from pathlib import Path

import numpy as np

from mien import weights
from mien.artifact import InputSpec
from mien.backends import OnnxRuntime
from mien.detectors import _options, _rows
from mien.detectors._anchor_free import Seen, decode
from mien.detectors._input import PictureInput
from mien.detectors.base import Detector
from mien.errors import ModelError
from mien.types import Detection, Floats, Image

STRIDES = (8, 16, 32)
HEADS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""Per stride four outputs, called ``cls_8`` and so on, each (1, cells, values); here the values of each."""

INPUT = InputSpec(0, 0, "bgr", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
"""Any size; the network scales pixels by itself."""

_FIXED_SIDES = bytes.fromhex("0a03 088005") * 2
_FREE_SIDES = b"\x0a\x03\x12\x01h" + b"\x0a\x03\x12\x01w"


class Yunet(Detector):
    """Faces with five points, by YuNet.

    ``weights`` is the path of an ONNX file of YuNet; empty: the one that ``mien pull yunet`` fetched. A
    picture whose longer side is over ``long_side`` pixels is scaled down to that: smaller is faster and
    misses small faces (of about ten pixels at that scale). ``score_threshold`` is the lowest score kept,
    ``nms_threshold`` the overlap (IoU) over which the weaker of two boxes goes; both in [0, 1].
    """

    def __init__(
        self,
        weights: str = "",
        long_side: int = 640,
        score_threshold: float = 0.6,
        nms_threshold: float = 0.3,
        threads: int = 1,
    ) -> None:
        _options.at_least(STRIDES[-1], "yunet", long_side=long_side)
        _options.at_least(1, "yunet", threads=threads)
        _options.shares("yunet", score_threshold=score_threshold, nms_threshold=nms_threshold)
        self.weights = _file(weights)
        self._score_threshold, self._nms_threshold = score_threshold, nms_threshold
        self._input = PictureInput(INPUT, long_side, STRIDES[-1])
        self._model = OnnxRuntime(free_size(self.weights.read_bytes()), threads)
        self._heads = _find_heads(self._model, self.weights)

    def _find(self, image: Image) -> list[Detection]:
        tensor, scale = self._input.fill(image)
        outputs = self._model.run(tensor)
        rows = decode([self._seen(outputs, stride, tensor.shape[3] // stride) for stride in STRIDES])
        return _rows.detections(rows, self._nms_threshold, scale)

    def _seen(self, outputs: list[Floats], stride: int, columns: int) -> Seen:
        cls, obj, bbox, kps = (outputs[index][0] for index in self._heads[stride])
        square = (cls * obj)[:, 0]
        cells = np.flatnonzero(square >= self._score_threshold**2)
        score = np.sqrt(np.clip(square[cells], 0, 1))
        return Seen(stride, columns, cells, np.concatenate((score[:, None], bbox[cells], kps[cells]), axis=1))


def free_size(model: bytes) -> bytes:
    """Let a YuNet file that is fixed to 640 x 640 take pictures of any size; others come back as they are.

    The published file states the height and the width of its input as two dimensions of 640, yet nothing
    inside depends on them. In the file's protobuf a dimension is a message of three bytes, here the varint
    field ``dim_value`` = 640; it gives way to the string field ``dim_param`` of the same three bytes.
    A 16:9 picture then needs no padding to a square, which takes 1.7 times as long.
    """
    return model.replace(_FIXED_SIDES, _FREE_SIDES) if model.count(_FIXED_SIDES) == 1 else model


def _file(path: str) -> Path:
    if not path:
        try:
            return weights.locate("yunet")
        except ModelError as error:
            raise ModelError(f"{error} Or give the file: yunet:weights=PATH.") from error
    if not Path(path).is_file():
        raise ModelError(f"yunet: no weights at '{path}'. Check the path, or run: mien pull yunet.")
    return Path(path)


def _find_heads(model: OnnxRuntime, path: Path) -> dict[int, list[int]]:
    """Per stride, the places of cls, obj, bbox and kps among the outputs; `ModelError` if it is no YuNet."""
    shapes = model.output_shapes()
    order = list(shapes)
    wanted = {f"{head}_{stride}": size for head, size in HEADS.items() for stride in STRIDES}
    fits = all(name in shapes and shapes[name][-1] == size for name, size in wanted.items())
    if not fits or model.input_shape()[1:] != (3, None, None):
        raise ModelError(
            f"'{path}' is not a YuNet that takes any size: its input is {model.input_shape()}, its outputs "
            f"are {', '.join(order)}. Expected (1, 3, H, W) and {', '.join(wanted)}."
        )
    return {stride: [order.index(f"{head}_{stride}") for head in HEADS] for stride in STRIDES}
