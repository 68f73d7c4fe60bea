"""What each cell of the learner shall say."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mien import geometry
from mien.training.detection.faces import Faces
from mien.training.detection.maps import STRIDES, Cells, cell_at, cells_of
from mien.types import Floats

SAME = 0.5
"""IoU from which a cell's box means a known face."""
WEAK = 0.2
"""Under this score the teacher has not seen a face."""
HOPED = 0.85
"""What the best cell of a fully trusted face shall say, however unsure the teacher is."""
UNSEEN = 0.8
"""The score for a trusted face that the teacher does not see at this size."""
STRIDE_UP_TO = ((90.0, 8), (float("inf"), 32))
"""The stride of such a face, by its height in pixels: the teacher hardly uses the one between."""
DOUBT = 1.3
"""The power that lowers the teacher's score where no known face is."""
LOWEST = 0.05


@dataclass(frozen=True, slots=True)
class Targets:
    """Per cell: score and its weight (M,), box (M, 4) and points (M, 5, 2) in pixels, NaN where unknown."""

    scores: Floats
    weights: Floats
    boxes: Floats
    points: Floats


def targets(cells: Cells, faces: Faces, height: int, width: int, matrix: Floats | None = None) -> Targets:
    """The teacher's ``cells`` corrected by the known ``faces``, then turned by ``matrix`` (2, 3).

    The teacher looked at the upright picture, for it sees turned faces badly: each cell takes what the cell
    said from which it was turned.
    """
    made = _corrected(cells, faces)
    if matrix is not None:
        made = _turned(made, matrix, height, width)
        faces = Faces(turned_boxes(faces.boxes, matrix), turned_points(faces.points, matrix), faces.trust)
    _add_unseen(made, faces, height, width)
    return made


def _corrected(cells: Cells, faces: Faces) -> Targets:
    scores = cells.scores.copy()
    weights = np.ones_like(scores)
    boxes, points = cells.boxes.copy(), cells.points.copy()
    likely = np.flatnonzero(scores >= LOWEST)
    overlap = geometry.iou(cells.boxes[likely], faces.boxes)
    if overlap.size:
        owner = overlap.argmax(axis=1)
        owned = overlap[np.arange(len(likely)), owner] >= SAME
        for index in np.unique(owner[owned]):
            mine = likely[owned & (owner == index)]
            _raise_scores(scores, mine, float(faces.trust[index]))
            if faces.trust[index] > 0:
                boxes[mine] = faces.boxes[index]
                if not np.isnan(faces.points[index]).any():
                    points[mine] = faces.points[index]
        unowned = likely[~owned]
    else:
        unowned = likely
    scores[unowned] **= DOUBT
    return Targets(scores, weights, boxes, points)


def _raise_scores(scores: Floats, mine: npt.NDArray[np.int64], trust: float) -> None:
    """Lift the cells of one face so that the best of them says what a trusted face deserves."""
    best = float(scores[mine].max())
    hoped = max(best, HOPED * trust)
    if best >= WEAK and hoped > best:
        scores[mine] *= hoped / best


def _turned(upright: Targets, matrix: Floats, height: int, width: int) -> Targets:
    corners, strides = cells_of(height, width)
    inverse = np.linalg.inv(np.vstack((matrix, (0, 0, 1))))[:2].astype(np.float32)
    source = np.full(len(strides), -1, np.int64)
    for stride in STRIDES:
        here = strides == stride
        middles = (corners[here] + 0.5) * stride
        source[here] = cell_at(turned_points(np.asarray(middles, np.float32), inverse), stride, height, width)
    outside = source < 0
    return Targets(
        np.where(outside, 0, upright.scores[source]).astype(np.float32),
        np.where(outside, 1, upright.weights[source]).astype(np.float32),
        turned_boxes(upright.boxes[source], matrix),
        turned_points(upright.points[source], matrix),
    )


def _add_unseen(made: Targets, faces: Faces, height: int, width: int) -> None:
    """Give faces that no cell speaks of a cell of their own; around those of no trust nothing is learnt."""
    centers: Floats = ((faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2).astype(np.float32)
    for index in range(len(faces)):
        stride = next(stride for limit, stride in STRIDE_UP_TO if faces.heights[index] <= limit)
        around = _block(centers[index], stride, height, width)
        if made.scores[around].max(initial=0) >= WEAK:
            if faces.trust[index] == 0:
                made.weights[around] = np.where(made.scores[around] < WEAK, 0, made.weights[around])
            continue
        made.weights[around] = 0
        cell = int(cell_at(centers[index : index + 1], stride, height, width)[0])
        if faces.trust[index] > 0 and cell >= 0:
            made.scores[cell] = UNSEEN
            made.weights[cell] = faces.trust[index]
            made.boxes[cell] = faces.boxes[index]
            made.points[cell] = faces.points[index]


def _block(center: Floats, stride: int, height: int, width: int) -> npt.NDArray[np.int64]:
    """The cells of ``stride`` and the coarser ones around ``center``: three by three of each."""
    steps = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)], np.float32)
    found = [
        cell_at(center + steps * each, each, height, width)
        for each in STRIDES
        if each in (stride, stride * 2)
    ]
    cells = np.concatenate(found)
    return cells[cells >= 0]


def turned_points(points: Floats, matrix: Floats) -> Floats:
    """(..., 2) points moved by the affine ``matrix`` (2, 3) that pictures are turned by.

    It maps the middles of pixels; points are measured from the edges, half a pixel before.
    """
    return np.asarray((points - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5, np.float32)


def turned_boxes(boxes: Floats, matrix: Floats) -> Floats:
    """The upright boxes around the turned ellipses that fill ``boxes`` (N, 4).

    A head is round: the box around the turned corners would be a third too large at 45 degrees.
    """
    centers = turned_points(np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32), matrix)
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    reach = np.sqrt(half**2 @ (matrix[:, :2] ** 2).T)
    return np.asarray(np.concatenate((centers - reach, centers + reach), axis=1), np.float32)
