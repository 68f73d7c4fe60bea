"""What is known of the faces of one picture while it is cut, pasted and turned."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mien.types import Floats

POINTS = 5


@dataclass(frozen=True, slots=True)
class Faces:
    """N faces, in pixels of their picture.

    ``boxes`` (N, 4) float32 x1, y1, x2, y2; ``points`` (N, 5, 2) float32, NaN where unknown; ``trust`` (N,)
    float32: 1 for a face that people and teacher agree on, less for one that only people boxed, 0 for a
    place of which nothing shall be learnt.
    """

    boxes: Floats
    points: Floats
    trust: Floats

    def __len__(self) -> int:
        return len(self.boxes)

    def only(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Faces":
        return Faces(self.boxes[keep], self.points[keep], self.trust[keep])

    def moved(self, scale: float, x: float, y: float) -> "Faces":
        """Every coordinate times ``scale``, then plus (``x``, ``y``)."""
        shift = np.array((x, y), np.float32)
        return replace(self, boxes=self.boxes * scale + np.tile(shift, 2), points=self.points * scale + shift)

    def flipped(self, width: float) -> "Faces":
        """Mirrored in a picture ``width`` pixels wide; left and right points change places."""
        boxes = self.boxes.copy()
        boxes[:, 0], boxes[:, 2] = width - self.boxes[:, 2], width - self.boxes[:, 0]
        points = self.points[:, [1, 0, 2, 4, 3]].copy()
        points[:, :, 0] = width - points[:, :, 0]
        return replace(self, boxes=boxes, points=points)

    def seen(self, x1: float, y1: float, x2: float, y2: float, share: float = 0.5) -> "Faces":
        """The faces that touch the window; those less than ``share`` inside lose all trust."""
        low = np.maximum(self.boxes[:, :2], (x1, y1))
        high = np.minimum(self.boxes[:, 2:], (x2, y2))
        inside = np.prod(np.clip(high - low, 0, None), axis=1)
        whole = np.prod(np.clip(self.boxes[:, 2:] - self.boxes[:, :2], 1e-3, None), axis=1)
        trust = np.where(inside / whole >= share, self.trust, 0).astype(np.float32)
        return replace(self, trust=trust).only(inside > 0)

    @property
    def heights(self) -> Floats:
        return np.asarray(self.boxes[:, 3] - self.boxes[:, 1], np.float32)


def none() -> Faces:
    """No faces at all."""
    return Faces(np.empty((0, 4), np.float32), np.empty((0, POINTS, 2), np.float32), np.empty(0, np.float32))


def joined(parts: list[Faces]) -> Faces:
    """All faces of ``parts`` in one."""
    if not parts:
        return none()
    return Faces(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.trust for part in parts]),
    )
