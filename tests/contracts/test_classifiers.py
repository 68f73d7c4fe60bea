"""What every classifier keeps to, the bundled models first."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mien import registry
from mien.classifiers.base import Classifier
from mien.types import Box, Image


@pytest.fixture(scope="module", params=registry.names("classifiers"))
def classifier(request: pytest.FixtureRequest) -> Classifier:
    loaded: Classifier = registry.load("classifiers", request.param)
    return loaded


@pytest.fixture(scope="module")
def crops(portrait: Image) -> list[Image]:
    """Colour and gray, large, small and stretched."""
    face = portrait[50:215, 150:310]
    return [face, face[:, :, 0], face[::4, ::4], face[:, ::3], portrait]


def test_labels_are_words_without_repetition(classifier: Classifier) -> None:
    assert all(label == label.lower() and label.isalpha() for label in classifier.labels)
    assert len(set(classifier.labels)) == len(classifier.labels)


def test_rows_are_distributions(classifier: Classifier, crops: list[Image]) -> None:
    rows = classifier.predict(crops)
    assert rows.shape == (len(crops), len(classifier.labels))
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
    assert (rows >= 0).all()


def test_no_crops_give_no_rows(classifier: Classifier) -> None:
    assert classifier.predict([]).shape == (0, len(classifier.labels))


def test_company_does_not_change_an_answer(classifier: Classifier, crops: list[Image]) -> None:
    alone = np.concatenate([classifier.predict([crop]) for crop in crops])
    np.testing.assert_allclose(classifier.predict(crops), alone, atol=1e-5)


def test_crops_stay_as_they_are(classifier: Classifier, crops: list[Image]) -> None:
    before = [crop.copy() for crop in crops]
    classifier.predict(crops)
    assert all(np.array_equal(old, new) for old, new in zip(before, crops, strict=True))


def test_several_threads_get_the_same_answer(classifier: Classifier, crops: list[Image]) -> None:
    expected = classifier.predict(crops)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: classifier.predict(crops), range(12)))
    assert all(np.array_equal(answer, expected) for answer in answers)


@pytest.mark.parametrize("box", [Box(175, 60, 285, 205), Box(-40, -40, 60, 60), Box(600, 600, 700, 720)])
def test_any_box_can_be_cut(classifier: Classifier, portrait: Image, box: Box) -> None:
    crop = classifier.cut(portrait, box)
    assert crop.shape[0] == crop.shape[1] > 0
    assert classifier.predict([crop]).shape == (1, len(classifier.labels))


def test_an_expression_is_the_row_with_its_labels(classifier: Classifier, crops: list[Image]) -> None:
    row = classifier.predict(crops[:1])[0]
    expression = classifier.expression(row)
    assert expression.label == classifier.labels[int(row.argmax())]
    assert expression.unsure == (row.max() < classifier.unsure_below)
