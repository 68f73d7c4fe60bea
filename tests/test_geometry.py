import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mien import geometry
from mien.types import Box, Floats

corner = st.floats(0, 100, width=32)
boxes = st.integers(0, 8).flatmap(
    lambda count: arrays(np.float32, (count, 4), elements=corner).map(
        lambda raw: np.concatenate((raw[:, :2], raw[:, :2] + raw[:, 2:]), axis=1)
    )
)


def test_as_array_keeps_the_shape_without_boxes() -> None:
    assert geometry.as_array([]).shape == (0, 4)
    assert geometry.as_array([Box(1, 2, 3, 4)]).tolist() == [[1, 2, 3, 4]]


def test_iou_of_known_boxes() -> None:
    square = np.array([[0, 0, 10, 10]], np.float32)
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 9]], np.float32)
    assert geometry.iou(square, others)[0] == pytest.approx([1, 50 / 150, 0, 0])


@given(boxes, boxes)
def test_iou_is_symmetric_and_bounded(first: Floats, second: Floats) -> None:
    overlap = geometry.iou(first, second)
    assert overlap.shape == (len(first), len(second))
    assert np.all((overlap >= 0) & (overlap <= 1 + 1e-5))
    assert np.allclose(overlap, geometry.iou(second, first).T, atol=1e-5)


@given(boxes, st.floats(0.1, 0.9), st.randoms())
def test_nms_keeps_the_best_and_nothing_that_overlaps_it(
    found: Floats, threshold: float, random: "object"
) -> None:
    scores = np.linspace(1, 0.1, len(found), dtype=np.float32)
    random.shuffle(scores)  # type: ignore[attr-defined]
    kept = geometry.nms(found, scores, threshold)
    assert (not len(found)) == (not kept)
    if kept:
        assert scores[kept[0]] == scores.max()
        assert list(scores[kept]) == sorted(scores[kept], reverse=True)
        overlap = geometry.iou(found[kept], found[kept])
        np.fill_diagonal(overlap, 0)
        assert overlap.max() <= threshold + 1e-6
