"""Boxes, overlaps and the three losses."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mien import geometry
from mien.training.models.yolo_expression import ANCHORS
from mien.training.yolo.boxes import by_anchor, complete_iou, corners, decode, everything
from mien.training.yolo.losses import loss
from mien.training.yolo.options import LossOptions

pytestmark = pytest.mark.train
SIDES = torch.tensor(ANCHORS)
SIDE = 64
CLASSES = 7
FACE = [0, 3, 30.0, 22.0, 24.0, 28.0]


def blank(count: int = 1, objectness: float = -9.0) -> list[Tensor]:
    """Maps without a face."""
    maps = [torch.zeros(count, 36, SIDE // stride, SIDE // stride) for stride in (8, 16, 32)]
    for each in maps:
        by_anchor(each)[..., 4] = objectness
    return maps


def logit(share: Tensor) -> Tensor:
    return torch.log(share / (1 - share))


def perfect(face: list[float]) -> list[Tensor]:
    """Maps that say ``face`` exactly, in every place that could."""
    maps = blank()
    for found, sides, stride in zip(maps, SIDES, (8, 16, 32), strict=True):
        values = by_anchor(found)
        for anchor in range(3):
            times = torch.tensor(face[4:]) / sides[anchor]
            if torch.maximum(times, 1 / times).max() > 3.9:
                continue
            for row in range(SIDE // stride):
                for column in range(SIDE // stride):
                    offset = torch.tensor(face[2:4]) / stride - torch.tensor([column, row])
                    beside = (offset < 0) | (offset > 1)
                    if offset.min() > -0.5 and offset.max() < 1.5 and not beside.all():
                        cell = values[0, anchor, row, column]
                        cell[:2] = logit((offset + 0.5) / 2)
                        cell[2:4] = logit(times.sqrt() / 2)
                        cell[4] = 9.0
                        cell[5 + int(face[1])] = 12.0
    return maps


def boxes(*faces: list[float]) -> Tensor:
    return torch.tensor(faces).view(-1, 6)


def test_decoding_spans_a_cell_and_a_half_and_four_times_the_anchor() -> None:
    anchors, cells = torch.tensor([[10.0, 20.0]] * 3), torch.tensor([[2, 1]] * 3)
    values = torch.tensor([[0.0] * 4, [-50.0] * 4, [50.0] * 4])
    wanted = [[20.0, 12.0, 10.0, 20.0], [12.0, 4.0, 0.0, 0.0], [28.0, 20.0, 40.0, 80.0]]
    torch.testing.assert_close(decode(values, cells, anchors, 8), torch.tensor(wanted), atol=1e-4, rtol=0)


def test_everything_in_one_row_says_what_the_maps_say() -> None:
    found, objectness, logits = everything(perfect(FACE), SIDES)
    assert found.shape == (1, 3 * (64 + 16 + 4), 4)
    assert logits.shape == (1, 252, CLASSES)
    sure = objectness[0] > 0.5
    assert sure.sum() > 6
    wanted = corners(torch.tensor([FACE[2:]]))
    torch.testing.assert_close(found[0, sure], wanted.expand(int(sure.sum()), -1), atol=1e-3, rtol=1e-4)
    assert (logits[0, sure].argmax(dim=1) == 3).all()


sides = st.floats(1, 60, width=32)
rectangles = st.tuples(sides, sides, sides, sides)


@given(rectangles, rectangles)
def test_the_overlap_is_the_one_that_detection_counts(
    first: tuple[float, ...], other: tuple[float, ...]
) -> None:
    one, two = torch.tensor([first]), torch.tensor([other])
    iou, complete = complete_iou(one, two)
    wanted = geometry.iou(corners(one).numpy(), corners(two).numpy())
    np.testing.assert_allclose(iou.numpy(), wanted[0], atol=1e-4)
    assert complete <= iou + 1e-6
    same, best = complete_iou(one, one)
    assert float(same) == pytest.approx(1, abs=1e-4)
    assert float(best) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("kind", ["ciou", "mse"])
@pytest.mark.parametrize("target", ["iou", "one"])
def test_what_is_right_costs_next_to_nothing(kind: str, target: str) -> None:
    options = LossOptions(box_loss=kind, objectness_target=target)
    right = loss(perfect(FACE), boxes(FACE), SIDES, options)
    assert float(right["box"]) < 1e-3
    assert float(right["expression"]) < 1e-3 * options.expression
    wrong = loss(blank(), boxes(FACE), SIDES, options)
    assert float(wrong["box"]) > 0.05
    assert float(wrong["expression"]) == pytest.approx(options.expression * math.log(CLASSES), rel=1e-4)
    assert float(wrong["objectness"]) > 3 * float(right["objectness"])


def test_the_square_error_is_as_stated() -> None:
    face = [0, 3, 28.0, 20.0, 16.0 * 2.25, 30.0]  # half a cell of stride 8 right and below of cell (3, 2)
    options = LossOptions(box_loss="mse", box=1.0, anchor_ratio=1.0001 * 2.25)
    found = loss(blank(), boxes(face), SIDES, options)["box"]
    # Of stride 8 anchor 1 (16 x 30) and 2 (33 x 23), of stride 16 anchor 0 and 1 (30 x 61, 62 x 45): each in
    # the cells where the face is reached; cells answer 0.5 off their corner and with their anchor's size.
    errors = []
    for stride, anchors in ((8, ((16, 30), (33, 23))), (16, ((30, 61), (62, 45)))):
        x, y = 28 / stride, 20 / stride
        for width, height in anchors:
            sizes = (math.sqrt(36 / width) - 1) ** 2 + (math.sqrt(30 / height) - 1) ** 2
            near = [(0, 0)]
            near += [(-1, 0)] if x % 1 < 0.5 else [(1, 0)] if x % 1 > 0.5 else []
            near += [(0, -1)] if y % 1 < 0.5 else [(0, 1)] if y % 1 > 0.5 else []
            for right, down in near:
                center = (x % 1 - right - 0.5) ** 2 + (y % 1 - down - 0.5) ** 2
                errors.append(center + sizes)
    assert float(found) == pytest.approx(np.mean(errors), rel=1e-4)


def test_an_unknown_expression_teaches_none() -> None:
    unknown = [0, -1, *FACE[2:]]
    maps = [each.requires_grad_() for each in blank()]
    parts = loss(maps, boxes(unknown), SIDES, LossOptions())
    assert float(parts["expression"].detach()) == 0
    torch.stack(list(parts.values())).sum().backward()
    assert all(not by_anchor(each.grad)[..., 5:].any() for each in maps)
    mixed = loss(blank(), boxes(unknown, FACE), SIDES, LossOptions())
    alone = loss(blank(), boxes(FACE), SIDES, LossOptions())
    torch.testing.assert_close(mixed["expression"], alone["expression"])


def test_a_picture_without_faces_teaches_that_there_is_none() -> None:
    maps = [each.requires_grad_() for each in blank(objectness=0.0)]
    parts = loss(maps, boxes(), SIDES, LossOptions(objectness=1.0))
    area = SIDE**2 / 320**2
    assert float(parts["objectness"].detach()) == pytest.approx(5.4 * area * math.log(2), rel=1e-4)
    assert float(parts["box"].detach()) == float(parts["expression"].detach()) == 0
    torch.stack(list(parts.values())).sum().backward()
    assert all(torch.isfinite(each.grad).all() for each in maps)


def test_where_two_faces_meet_the_better_overlap_counts() -> None:
    other = [0, 3, FACE[2] + 1, FACE[3] + 1, 60.0, 60.0]
    both = loss(perfect(FACE), boxes(FACE, other), SIDES, LossOptions(objectness=1.0))
    swapped = loss(perfect(FACE), boxes(other, FACE), SIDES, LossOptions(objectness=1.0))
    torch.testing.assert_close(both["objectness"], swapped["objectness"])


def test_smoothing_keeps_the_surest_answer_from_being_free() -> None:
    plain = loss(perfect(FACE), boxes(FACE), SIDES, LossOptions())
    smooth = loss(perfect(FACE), boxes(FACE), SIDES, LossOptions(), 0.1)
    assert float(smooth["expression"]) > float(plain["expression"]) + 0.1
