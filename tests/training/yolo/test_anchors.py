"""Anchors found from the sizes of faces."""

import logging

import numpy as np
import pytest
import torch

from mien.errors import BadOption
from mien.training.models.yolo_expression import ANCHORS
from mien.training.yolo import anchors

pytestmark = pytest.mark.train


def faces(seed: int = 0, count: int = 400) -> np.ndarray:  # type: ignore[type-arg]
    random = np.random.default_rng(seed)
    height = np.exp(random.uniform(np.log(16), np.log(256), count))
    return np.stack((height * random.uniform(0.7, 1.0, count), height), axis=1).astype(np.float32)


def test_anchors_found_fit_better_than_those_of_other_things() -> None:
    sizes, given = faces(), np.array(ANCHORS, np.float32).reshape(-1, 2)
    found = anchors.found(sizes, 4.0)
    assert found.shape == (9, 2)
    assert (np.diff(found.prod(axis=1)) > 0).all()
    assert anchors.best_recall(sizes, found, 4.0) == 1
    assert anchors.best_recall(sizes, found, 1.5) > 0.95
    assert anchors.agreement(sizes, found) > anchors.agreement(sizes, given) + 0.1
    assert anchors.agreement(faces(1), found) > 0.75


def test_refining_helps_and_follows_from_the_seed() -> None:
    sizes = faces()
    plain = anchors._means(sizes)
    first, again = anchors.found(sizes, 4.0, 3), anchors.found(sizes, 4.0, 3)
    np.testing.assert_array_equal(first, again)
    assert anchors.agreement(sizes, first) > anchors.agreement(sizes, plain)


def test_faces_of_one_size_get_anchors_of_that_size() -> None:
    found = anchors.found(np.full((5, 2), 48, np.float32), 4.0)
    np.testing.assert_allclose(found, 48, rtol=0.2)


def test_nine_clusters_are_the_nine_anchors() -> None:
    centers = 2.0 ** np.arange(2, 11)
    sizes = np.repeat(np.stack((centers, centers), axis=1), 20, axis=0).astype(np.float32)
    np.testing.assert_allclose(anchors.found(sizes, 4.0), np.stack((centers, centers), axis=1), rtol=0.05)


def test_the_share_that_fits_is_counted() -> None:
    sizes = np.array([[10, 10], [41, 10], [10, 41], [39, 39], [2, 2]], np.float32)
    assert anchors.best_recall(sizes, np.array([[10, 10]], np.float32), 4.0) == pytest.approx(0.4)


def test_anchors_that_do_not_fit_are_refused_with_some_that_do() -> None:
    given = tuple(float(side) for side in range(600, 618))
    with pytest.raises(
        BadOption, match=r"An anchor fits 1?\d\.\d% of 400 faces .* Fitting 100\.0% would be"
    ) as said:
        anchors.settle(given, faces(), 2.5)
    proposed = str(said.value).split("anchors = [")[1].split("]")[0].split(", ")
    settled = anchors.settle(tuple(map(float, proposed)), faces(), 2.5)
    assert settled.shape == (3, 3, 2)


def test_the_best_possible_recall_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        settled = anchors.settle((), faces(), 4.0)
    assert "100.0% of 400 faces (best possible recall" in caplog.text
    assert settled.dtype == torch.float32
    assert settled[0].prod(dim=1).max() < settled[2].prod(dim=1).min()


def test_a_few_faces_that_fit_no_anchor_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    sizes = np.concatenate((np.full((95, 2), 20), np.full((5, 2), 900))).astype(np.float32)
    with caplog.at_level(logging.WARNING):
        anchors.settle((20.0,) * 18, sizes, 4.0)
    assert "95.0%" in caplog.text


def test_data_without_faces_is_refused() -> None:
    empty = [{"boxes": torch.empty(0, 6)}] * 3
    sizes = anchors.sizes_of(empty)
    with pytest.raises(BadOption, match="No picture to learn from shows a face"):
        anchors.settle((), sizes, 4.0)


def test_only_the_first_batches_are_looked_at() -> None:
    batch = {"boxes": torch.tensor([[0, 1, 5, 5, 30.0, 40.0]])}
    assert anchors.sizes_of([batch] * 9, 4).tolist() == [[30, 40]] * 4
