import numpy as np
import pytest

from evaluation.made_classifiers import Reader, labelled
from mien.artifact import InputSpec
from mien.errors import BadOption
from mien.evaluation import views
from mien.evaluation.prediction import match, predict
from mien.prepare import tensor
from mien.types import Floats, Image


def test_flip_adds_the_mirror_image() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    as_is, mirrored = views.flip(image)
    np.testing.assert_array_equal(as_is, image)
    np.testing.assert_array_equal(mirrored, image[:, ::-1])


def test_ten_crop_takes_corners_and_middle_of_44_of_48_pixels() -> None:
    image = np.arange(48 * 48, dtype=np.uint16).reshape(48, 48).astype(np.uint8)
    crops = views.ten_crop(image)
    assert [crop.shape for crop in crops] == [(44, 44)] * 10
    np.testing.assert_array_equal(crops[0], image[:44, :44])
    np.testing.assert_array_equal(crops[3], image[4:, 4:])
    np.testing.assert_array_equal(crops[4], image[2:46, 2:46])
    np.testing.assert_array_equal(crops[5], image[:44, :44][:, ::-1])


@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (224, 224, 3)])
def test_views_of_any_picture_can_be_prepared(shape: tuple[int, ...]) -> None:
    spec = InputSpec(48, 48, "gray", (0.0,), (1.0,))
    for view in views.VIEWS.values():
        assert tensor(view(np.zeros(shape, np.uint8)), spec).shape[1:] == (1, 48, 48)


class Left(Reader):
    """Reads happiness from how bright the left side is."""

    def predict(self, crops: list[Image]) -> Floats:
        bright = np.array([crop[:, :4].mean() / 255 for crop in crops])
        return np.stack([bright, (1 - bright) / 2, (1 - bright) / 2], axis=1).astype(np.float32)


def test_the_answers_to_all_views_are_averaged_picture_by_picture() -> None:
    samples = labelled([1, 2])
    samples.images[0, :, :24], samples.images[0, :, 24:] = 255, 0
    samples.images[1] = 0
    one = predict(Left(), samples, Left.labels)
    both = predict(Left(), samples, Left.labels, view="flip")
    np.testing.assert_allclose(one[:, 0], [1, 0])
    np.testing.assert_allclose(both[:, 0], [0.5, 0])


def test_columns_follow_the_labels_of_the_set() -> None:
    assert match(("sad", "happy"), ("happy", "angry", "sad")) == [2, 0]
    with pytest.raises(BadOption, match="does not know fear, contempt"):
        match(("fear", "sad", "contempt"), ("happy", "angry", "sad"))


class OnlyContempt(Reader):
    labels = ("happy", "sad", "angry", "contempt")

    def predict(self, crops: list[Image]) -> Floats:
        return np.tile(np.array([0, 0, 0, 1], np.float32), (len(crops), 1))


def test_where_all_was_on_what_is_left_out_the_rest_is_equal() -> None:
    found = predict(OnlyContempt(), labelled([0, 1]), ("angry", "happy", "sad"))
    np.testing.assert_allclose(found, np.full((2, 3), 1 / 3), rtol=1e-6)
