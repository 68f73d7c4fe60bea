"""Losses and average precision, by cases worked out by hand."""

import numpy as np
import pytest
import torch

from mien.training.detection.average_precision import Seen, average_precision, counted
from mien.training.detection.losses import decode_boxes, efficient_iou_loss, loss, score_loss
from mien.training.detection.maps import cells_of

pytestmark = pytest.mark.train


def test_a_perfect_answer_costs_nothing() -> None:
    corners, strides = (torch.from_numpy(values) for values in cells_of(64, 64))
    outputs = torch.zeros(1, len(corners), 15)
    outputs[..., 0] = -30.0
    outputs[0, 9, 0] = 30.0
    boxes = torch.zeros(1, len(corners), 4)
    boxes[0, 9] = decode_boxes(outputs[0, 9:10, 1:5], corners[9:10], strides[9:10])[0]
    points = (corners[9] * strides[9]).repeat(5).expand(1, len(corners), 10)
    goal = {"scores": torch.zeros(1, len(corners)), "weights": torch.ones(1, len(corners))}
    goal["scores"][0, 9] = 1.0
    parts = loss(outputs, corners, strides, {**goal, "boxes": boxes, "points": points})
    assert {name: value.item() for name, value in parts.items()} == pytest.approx(
        {"score": 0, "box": 0, "points": 0}, abs=1e-5
    )
    unknown = loss(outputs + 1, corners, strides, {**goal, "boxes": boxes, "points": points * torch.nan})
    assert unknown["points"].item() == 0
    assert unknown["box"].item() > 0


def test_cells_without_weight_teach_nothing() -> None:
    logits, wanted = torch.tensor([3.0, -2.0]), torch.tensor([0.0, 1.0])
    assert score_loss(logits, wanted, torch.zeros(2)).item() == 0
    assert score_loss(logits, wanted, torch.ones(2)).item() > 0


def test_boxes_come_from_cells() -> None:
    values = torch.tensor([[0.5, 0.25, np.log(2.0), np.log(3.0)]])
    found = decode_boxes(values, torch.tensor([[2.0, 1.0]]), torch.tensor([8.0]))
    assert found[0].tolist() == pytest.approx([20 - 8, 10 - 12, 20 + 8, 10 + 12])


def test_the_box_loss_grows_with_distance_and_size() -> None:
    box = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    shifted, far = box + 2, box + 40
    larger = torch.tensor([[-5.0, -5.0, 15.0, 15.0]])
    losses = [efficient_iou_loss(other, box).item() for other in (box, shifted, far, larger)]
    assert losses[0] == pytest.approx(0)
    assert losses[0] < losses[1] < losses[2]
    # IoU 100 / 400, the same center, sides apart by half of the box around both.
    assert losses[3] == pytest.approx(1 - 0.25 + 0.25 + 0.25)


def seen(boxes: list[list[float]], scores: list[float], given: list[list[float]]) -> Seen:
    def array(rows: list[list[float]]) -> np.ndarray:  # type: ignore[type-arg]
        return np.array(rows, np.float32).reshape(-1, 4)

    return Seen(array(boxes), np.array(scores, np.float32), array(given))


def test_average_precision_by_hand() -> None:
    face, other = [0.0, 0.0, 10.0, 10.0], [50.0, 50.0, 60.0, 60.0]
    assert average_precision([seen([face], [0.9], [face])]) == 1
    assert average_precision([seen([other], [0.9], [face])]) == 0
    assert average_precision([seen([], [], [face])]) == 0
    assert average_precision([seen([face], [0.9], [])]) == 0
    # Found first, then a false one, then the second face: precision 1 and 2/3 at recall 1/2 and 1.
    pair = seen([face, [90.0, 0, 95, 5], other], [0.9, 0.8, 0.7], [face, other])
    assert average_precision([pair]) == pytest.approx((1 + 2 / 3) / 2)
    # The second box on a face already found is a false one.
    twice = seen([face, face, other], [0.9, 0.8, 0.7], [face, other])
    assert average_precision([twice]) == pytest.approx((1 + 2 / 3) / 2)


def test_what_lies_on_an_ignored_place_is_neither_right_nor_wrong() -> None:
    """Two in a crowd, one beside it, and a face before the crowd that is to be found."""
    crowd = np.array([[0, 0, 100, 100]], np.float32)
    face = [10, 10, 30, 30]
    boxes = np.array([face, [50, 50, 60, 60], [70, 20, 80, 30], [200, 0, 220, 20]], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    found = counted(Seen(boxes, scores, np.array([face], np.float32)), crowd)
    assert found.scores.tolist() == pytest.approx([0.9, 0.6])
    without = counted(found, crowd[:0])
    np.testing.assert_array_equal(without.boxes, found.boxes)


def test_no_picture_has_no_precision() -> None:
    assert average_precision([]) == 0
