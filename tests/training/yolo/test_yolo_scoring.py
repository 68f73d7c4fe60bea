"""What a network found, beside what is there."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mien.training.detection.average_precision import Seen
from mien.training.models.yolo_expression import ANCHORS
from mien.training.yolo import scoring
from mien.training.yolo.boxes import by_anchor
from mien.training.yolo.scoring import Looked

pytestmark = pytest.mark.train
ONE, TWO, FAR = (0, 0, 10, 10), (40, 40, 60, 60), (100, 100, 120, 120)


def sure(*labels: int) -> np.ndarray:  # type: ignore[type-arg]
    """Logits that leave no doubt."""
    return np.asarray(30 * np.eye(7, dtype=np.float32)[list(labels)].reshape(-1, 7))


def picture(
    boxes: list[tuple[int, ...]],
    scores: list[float],
    labels: list[int],
    given: list[tuple[int, ...]],
    classes: list[int],
) -> Looked:
    found, there = (np.array(each, np.float32).reshape(-1, 4) for each in (boxes, given))
    return Looked(found, np.array(scores, np.float32), sure(*labels), there, np.array(classes, np.int64))


def test_all_right_is_one() -> None:
    found = scoring.figures([picture([ONE, TWO], [0.9, 0.8], [3, 0], [ONE, TWO], [3, 0])])
    assert found["map50"] == found["precision"] == found["found"] == found["face_ap50"] == 1
    assert found["confidence"] == found["face_confidence"] == pytest.approx(0.8)


def test_a_wrong_expression_is_a_face_found() -> None:
    found = scoring.figures([picture([ONE, TWO], [0.9, 0.8], [3, 1], [ONE, TWO], [3, 0])])
    assert found["map50"] == 0.5  # 1 of happy, 0 of angry
    assert found["found"] == found["face_ap50"] == 1
    assert found["precision"] == 1  # from 0.9 on, where F1 is the highest
    assert found["confidence"] == pytest.approx(0.9)


def test_a_box_counts_for_every_expression_by_its_probability() -> None:
    doubtful = picture([ONE], [0.9], [3], [ONE], [0])
    even = np.zeros((1, 7), np.float32)
    found = scoring.figures([Looked(doubtful.boxes, doubtful.scores, even, doubtful.given, doubtful.classes)])
    assert found["map50"] == 1


def test_faces_of_unknown_expression_are_neither_right_nor_wrong() -> None:
    known = picture([ONE, TWO], [0.5, 0.9], [3, 3], [ONE, TWO], [3, -1])
    found = scoring.figures([known])
    assert found["map50"] == found["precision"] == found["found"] == 1
    false = picture([ONE, FAR], [0.5, 0.9], [3, 3], [ONE, TWO], [3, -1])
    assert scoring.figures([false])["map50"] == 0.5


@pytest.mark.parametrize(
    "pictures",
    [
        [],
        [picture([], [], [], [], [])],
        [picture([ONE], [0.9], [3], [], [])],
        [picture([], [], [], [ONE], [3])],
        [picture([], [], [], [ONE], [-1])],
    ],
)
def test_nothing_found_or_nothing_there_is_zero(pictures: list[Looked]) -> None:
    assert set(scoring.figures(pictures).values()) == {0.0}


def test_the_best_balance_lies_where_f1_is_highest() -> None:
    given = np.array([ONE, TWO], np.float32)
    boxes = np.array([ONE, FAR, TWO, (70, 0, 80, 9), (70, 70, 80, 79)], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.3, 0.2], np.float32)
    best = scoring.balance([Seen(boxes, scores, given)])
    assert (best.confidence, best.precision, best.recall) == (pytest.approx(0.7), pytest.approx(2 / 3), 1.0)


def test_the_surest_box_on_a_face_speaks_for_it() -> None:
    boxes = [(0, 0, 10, 9), ONE, FAR]
    logits, classes = scoring.matched(
        [picture(boxes, [0.9, 0.8, 0.7], [3, 1, 2], [ONE, TWO, FAR], [3, 4, -1])]
    )
    assert classes.tolist() == [3]
    assert logits.argmax(axis=1).tolist() == [3]


def test_maps_become_boxes_without_duplicates() -> None:
    maps = [torch.zeros(2, 36, 64 // stride, 64 // stride) for stride in (8, 16, 32)]
    for each in maps:
        by_anchor(each)[..., 4] = -12
    for column in (3, 4):  # two cells that see one face of 20 x 26 in the second picture
        values = by_anchor(maps[0])[1, 1, 2, column]
        values[0] = -(column - 3.5) * 2.0
        values[4], values[7] = 3 - column, 5
    given = torch.tensor([[1, 2, 32.0, 20.0, 16.0, 30.0], [0, -1, 5, 5, 8, 8]])
    first, second = scoring.looked(maps, torch.tensor(ANCHORS), given)
    assert len(first.boxes) == 0
    assert first.classes.tolist() == [-1]
    assert second.boxes.shape == (1, 4)
    assert second.logits.argmax() == 2
    np.testing.assert_allclose(second.given, [[24, 5, 40, 35]])
    found = scoring.figures([first, second])
    assert found["map50"] == found["precision"] == 1
    assert found["found"] == 0.5


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    box = np.array(((0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10), (60, 0, 70, 10)), np.float32)
    scores, logits = np.array((0.9, 0.8, 0.7, 0.6), np.float32), np.zeros((4, 7), np.float32)
    picture = Looked(box, scores, logits, box[[0, 1, 3]], np.zeros(3, np.int64))

    assert scoring.threshold([picture], 1.0) == pytest.approx(0.8)
    assert scoring.threshold([picture], 0.75) == pytest.approx(0.6)
    assert scoring.threshold([replace(picture, given=box[:0])], 0.5) == 1.0
    assert scoring.threshold([], 0.5) == 1.0
