import numpy as np
import pytest
import torch

from mien.datasets.base import Samples
from mien.training.balance import class_weights, draw_weights
from mien.training.parts import Part

TARGETS = np.array([0] * 6 + [1] * 2 + [3] * 4)


def part(weights: list[float]) -> Part:
    count = len(TARGETS)
    samples = Samples(np.zeros((count, 2, 2), np.uint8), TARGETS, np.arange(count))
    return Part("made", samples, np.array(weights, np.float32), np.zeros(count, np.bool_))


def test_rare_classes_weigh_more_and_the_mean_stays_one() -> None:
    weights = class_weights(part([1.0] * 12), 4)
    assert weights.tolist() == pytest.approx([12 / 18, 2.0, 1.0, 1.0])
    assert float(weights[torch.from_numpy(TARGETS)].mean()) == pytest.approx(1)


def test_pictures_that_are_drawn_more_often_make_their_class_less_rare() -> None:
    once, thrice = (class_weights(part([first] + [1.0] * 11), 4) for first in (1.0, 3.0))
    assert thrice[TARGETS[0]] / thrice[3] < once[TARGETS[0]] / once[3]


def test_balanced_drawing_gives_every_class_the_same_share() -> None:
    drawn = draw_weights(part([1.0] * 12), balanced=True)
    assert drawn is not None
    sums = np.bincount(TARGETS, drawn.numpy())
    assert sums[[0, 1, 3]].tolist() == pytest.approx([1.0, 1.0, 1.0])


def test_pictures_of_heavy_sets_are_drawn_more_often_within_their_class() -> None:
    weights = [3.0] + [1.0] * 11
    plain, balanced = (draw_weights(part(weights), balanced=each) for each in (False, True))
    assert plain is not None
    assert balanced is not None
    for drawn in (plain, balanced):
        assert float(drawn[0] / drawn[1]) == pytest.approx(3)


def test_where_all_are_alike_each_comes_once() -> None:
    assert draw_weights(part([2.0] * 12), balanced=False) is None
