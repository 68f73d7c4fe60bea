"""What cells shall say: the teacher's word, corrected and turned."""

import cv2
import numpy as np
import pytest

from mien.training.detection.faces import Faces, none
from mien.training.detection.maps import Cells, cell_at, cells_of
from mien.training.detection.targets import DOUBT, HOPED, UNSEEN, targets
from mien.types import Floats

pytestmark = pytest.mark.train
SIDE = 160
BOX = np.array([48, 40, 88, 96], np.float32)


def silent() -> Cells:
    count = len(cells_of(SIDE, SIDE)[0])
    return Cells(
        np.zeros(count, np.float32), np.zeros((count, 4), np.float32), np.zeros((count, 5, 2), np.float32)
    )


def saying(score: float, box: Floats = BOX) -> tuple[Cells, int]:
    """Cells of which one, in the middle of ``box``, sees it."""
    cells = silent()
    cell = int(cell_at((box[None, :2] + box[None, 2:]) / 2, 8, SIDE, SIDE)[0])
    cells.scores[cell], cells.boxes[cell] = score, box
    cells.points[cell] = (box[:2] + box[2:]) / 2
    return cells, cell


def known(trust: float, box: Floats = BOX) -> Faces:
    points = np.tile((box[:2] + box[2:]) / 2 + 1, (5, 1)).astype(np.float32)
    return Faces(box[None], points[None], np.array([trust], np.float32))


def test_an_unsure_teacher_is_lifted_where_a_trusted_face_is() -> None:
    cells, cell = saying(0.4)
    made = targets(cells, known(1.0), SIDE, SIDE)
    assert made.scores[cell] == pytest.approx(HOPED)
    np.testing.assert_array_equal(made.points[cell], known(1.0).points[0])
    assert cells.scores[cell] == pytest.approx(0.4), "the teacher's own word must stay"


def test_a_sure_teacher_is_believed() -> None:
    cells, cell = saying(0.95)
    assert targets(cells, known(1.0), SIDE, SIDE).scores[cell] == pytest.approx(0.95)


def test_a_face_that_nobody_knows_is_doubted() -> None:
    cells, cell = saying(0.5)
    assert targets(cells, none(), SIDE, SIDE).scores[cell] == pytest.approx(0.5**DOUBT)


def test_a_trusted_face_that_the_teacher_does_not_see_gets_a_cell() -> None:
    made = targets(silent(), known(0.4), SIDE, SIDE)
    (cell,) = np.flatnonzero(made.scores > 0)
    assert made.scores[cell] == pytest.approx(UNSEEN)
    assert made.weights[cell] == pytest.approx(0.4)
    np.testing.assert_array_equal(made.boxes[cell], BOX)
    assert (made.weights == 0).sum() == 8 + 9, "nothing is learnt around it"


def test_nothing_is_learnt_at_a_place_of_no_trust() -> None:
    made = targets(silent(), known(0.0), SIDE, SIDE)
    assert made.scores.max() == 0
    assert (made.weights == 0).sum() == 9 + 9
    cells, cell = saying(0.5)
    made = targets(cells, known(0.0), SIDE, SIDE)
    assert made.weights[cell] == 1
    assert 0 in made.weights


def test_large_faces_get_a_cell_of_the_coarse_map() -> None:
    made = targets(silent(), known(1.0, np.array([10, 5, 130, 150], np.float32)), SIDE, SIDE)
    (cell,) = np.flatnonzero(made.scores > 0)
    assert cells_of(SIDE, SIDE)[1][cell] == 32


def test_a_face_outside_gets_none() -> None:
    made = targets(silent(), known(1.0, np.array([-90, -90, -50, -40], np.float32)), SIDE, SIDE)
    assert made.scores.max() == 0
    assert made.weights.min() == 1


def test_turning_takes_score_box_and_points_along() -> None:
    cells, _ = saying(0.9)
    matrix = cv2.getRotationMatrix2D((79.5, 79.5), 90, 1).astype(np.float32)
    made = targets(cells, known(1.0), SIDE, SIDE, matrix)
    (cell,) = np.flatnonzero(made.scores > 0.5)
    # A quarter turn to the left: an edge at (x, y) goes to (y, side - x).
    np.testing.assert_allclose(made.boxes[cell], [40, 160 - 88, 96, 160 - 48], atol=0.01)
    corner, stride = cells_of(SIDE, SIDE)[0][cell], cells_of(SIDE, SIDE)[1][cell]
    middle = (made.boxes[cell, :2] + made.boxes[cell, 2:]) / 2
    assert np.abs((corner + 0.5) * stride - middle).max() <= stride


def test_cells_that_turn_in_from_outside_see_nothing() -> None:
    cells = silent()
    cells.scores[:] = 0.9
    matrix = cv2.getRotationMatrix2D((79.5, 79.5), 45, 1).astype(np.float32)
    made = targets(cells, none(), SIDE, SIDE, matrix)
    assert made.scores[0] == 0
    assert made.weights[0] == 1
