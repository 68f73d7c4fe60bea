"""The teacher: YuNet, asked for every cell of its maps and not only for the faces it would report."""

from pathlib import Path

import numpy as np

from mien import geometry, weights
from mien.backends import OnnxRuntime
from mien.datasets.base import data_folder
from mien.detectors.yunet import free_size
from mien.training.detection.maps import Cells, cells_of
from mien.types import Floats, Image

STRIDES = (8, 16, 32)
_IN_DATA = "weights/face_detection_yunet_2023mar.onnx"
_OVERLAP = 0.3


class Teacher:
    """Scores, boxes and points of YuNet, in pixels of the picture that it was shown."""

    def __init__(self, path: str = "") -> None:
        self.path = _file(path)
        self._model = OnnxRuntime(free_size(self.path.read_bytes()), 1)
        self._order = list(self._model.output_shapes())

    def maps(self, picture: Image) -> Cells:
        """What every cell says about ``picture`` (H, W, 3) uint8 BGR, H and W multiples of 32."""
        height, width = picture.shape[:2]
        tensor = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
        outputs = dict(zip(self._order, self._model.run(tensor), strict=True))
        corners, strides = cells_of(height, width)
        cls, obj, box, points = (
            np.concatenate([outputs[f"{head}_{stride}"][0] for stride in STRIDES])
            for head in ("cls", "obj", "bbox", "kps")
        )
        scale = strides[:, None]
        center = (corners + box[:, :2]) * scale
        half = np.exp(np.clip(box[:, 2:], -6, 6)) * scale / 2
        return Cells(
            np.sqrt(np.clip(cls[:, 0] * obj[:, 0], 0, 1)),
            np.concatenate((center - half, center + half), axis=1),
            (points.reshape(-1, 5, 2) + corners[:, None]) * scale[:, None],
        )

    def faces(self, picture: Image, lowest: float) -> tuple[Floats, Floats, Floats]:
        """Boxes (N, 4), points (N, 5, 2) and scores (N,) from ``lowest`` up, duplicates suppressed."""
        cells = self.maps(_padded(picture))
        likely = np.flatnonzero(cells.scores >= lowest)
        boxes, scores = cells.boxes[likely], cells.scores[likely]
        kept = likely[geometry.nms(boxes, scores, _OVERLAP)]
        return cells.boxes[kept], cells.points[kept], cells.scores[kept]


def _padded(picture: Image) -> Image:
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, -height % 32), (0, -width % 32), (0, 0)))


def _file(path: str) -> Path:
    if path:
        return Path(path)
    in_data = data_folder() / _IN_DATA
    return in_data if in_data.is_file() else weights.locate("yunet")
