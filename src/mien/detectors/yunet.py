"""YuNet, a small anchor-free face detector with five points, run in ONNX Runtime.

Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20 (2023).
"""

import threading
from pathlib import Path

import cv2
import numpy as np

from mien import geometry, imageops, weights
from mien.backends import OnnxRuntime
from mien.detectors.base import Detector
from mien.errors import BadOption, ModelError
from mien.types import Box, Detection, Floats, Image

STRIDES = (8, 16, 32)
HEADS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
"""Per stride four outputs, called ``cls_8`` and so on, each (1, cells, values); here the values of each."""

_ENLARGE = 2
"""How many times a small picture is enlarged at most: at four times, faces that fill it go missing."""

_FIXED_SIDES = bytes.fromhex("0a03 088005") * 2
_FREE_SIDES = b"\x0a\x03\x12\x01h" + b"\x0a\x03\x12\x01w"


class Yunet(Detector):
    """Faces with five points, by YuNet.

    ``weights`` is the path of an ONNX file of YuNet; empty: the one that ``mien pull yunet`` fetched. The
    picture is scaled so that its longer side is ``long_side`` pixels: smaller is faster and misses small
    faces (of about ten pixels at that scale). ``score_threshold`` is the lowest score kept,
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
        if long_side < STRIDES[-1] or threads < 1:
            raise BadOption(
                f"yunet: long_side={long_side}, threads={threads} is too small. "
                f"Give long_side {STRIDES[-1]} or more and threads 1 or more."
            )
        for name, value in (("score_threshold", score_threshold), ("nms_threshold", nms_threshold)):
            if not 0 <= value <= 1:
                raise BadOption(f"yunet: {name}={value} is not a share. Give a number from 0 to 1.")
        self.long_side = long_side
        self.score_threshold = score_threshold
        self.nms_threshold = nms_threshold
        self._local = threading.local()
        self.weights = _file(weights)
        self._model = OnnxRuntime(free_size(self.weights.read_bytes()), threads)
        self._heads = _find_heads(self._model, self.weights)

    def _find(self, image: Image) -> list[Detection]:
        long_side = min(self.long_side, max(_ENLARGE * max(image.shape[:2]), STRIDES[-1]))
        picture, scale = imageops.letterbox(image, long_side, STRIDES[-1])
        outputs = self._model.run(self._tensor(picture))
        columns = [picture.shape[1] // stride for stride in STRIDES]
        faces = np.concatenate(
            [self._decode(outputs, stride, count) for stride, count in zip(STRIDES, columns, strict=True)]
        )
        kept = geometry.nms(faces[:, :4], faces[:, 4], self.nms_threshold) if len(faces) else []
        faces[:, :4] /= scale
        faces[:, 5:] /= scale
        return [_detection(faces[index]) for index in kept]

    def _tensor(self, picture: Image) -> Floats:
        """(1, 3, H, W) float32 BGR, 0 to 255: the network scales by itself. Splitting first is quickest.

        Each thread fills its own buffer again and again: a new one per frame makes the system hand out and
        take back 6 MB of pages each time, which costs as much as the network.
        """
        tensor: Floats | None = getattr(self._local, "tensor", None)
        if tensor is None or tensor.shape[2:] != picture.shape[:2]:
            tensor = self._local.tensor = np.empty((1, 3, *picture.shape[:2]), np.float32)
        for plane, channel in zip(tensor[0], cv2.split(picture), strict=True):
            plane[:] = channel
        return tensor

    def _decode(self, outputs: list[Floats], stride: int, columns: int) -> Floats:
        """The faces that one stride sees: (N, 15) of x1, y1, x2, y2, score, five points; network pixels.

        Each cell (row, column) predicts a center, offset from the cell in units of the stride, and the
        logarithm of the size in the same unit.
        """
        cls, obj, bbox, kps = (outputs[index][0] for index in self._heads[stride])
        square = (cls * obj)[:, 0]
        cells = np.flatnonzero(square >= self.score_threshold**2)
        corner = np.stack((cells % columns, cells // columns), axis=1).astype(np.float32)  # (N, 2): x, y
        center = (corner + bbox[cells, :2]) * stride
        half = np.exp(bbox[cells, 2:]) * (stride / 2)
        points = (kps[cells].reshape(-1, 5, 2) + corner[:, None]) * stride
        score = np.sqrt(np.clip(square[cells], 0, 1))
        faces = np.concatenate((center - half, center + half, score[:, None], points.reshape(-1, 10)), axis=1)
        return np.asarray(faces, np.float32)


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


def _detection(face: Floats) -> Detection:
    return Detection(Box(*map(float, face[:4])), float(face[4]), face[5:].reshape(5, 2))
