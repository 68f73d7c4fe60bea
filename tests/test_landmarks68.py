import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from face_points import template
from mien import landmarks68
from mien.landmarks68 import MIRROR, REGIONS, five_points, inter_ocular, mirrored


def test_regions_share_out_all_points() -> None:
    assert sorted(index for region in REGIONS.values() for index in region) == list(range(landmarks68.COUNT))


def test_the_mirror_is_its_own_inverse_and_keeps_regions() -> None:
    assert [MIRROR[MIRROR[index]] for index in range(68)] == list(range(68))
    for region in REGIONS.values():
        assert {MIRROR[index] for index in region} == set(region)
    assert {index for index in range(68) if MIRROR[index] == index} == {8, 27, 28, 29, 30, 33, 51, 57, 62, 66}


def test_a_symmetric_face_is_its_own_mirror_picture() -> None:
    np.testing.assert_allclose(mirrored(template(), 1.0), template(), atol=0.005)


@given(arrays.arrays(np.float32, (3, 68, 2), elements=st.floats(-500, 500, width=32)))
def test_two_flips_change_nothing(points: np.ndarray) -> None:
    np.testing.assert_allclose(mirrored(mirrored(points, 200.0), 200.0), points, atol=1e-3)


def test_inter_ocular_is_between_the_outer_corners() -> None:
    points = np.zeros((2, 68, 2), np.float32)
    points[:, 36], points[:, 45] = (10, 20), (40, 60)
    assert inter_ocular(points).tolist() == [50, 50]
    assert inter_ocular(points).dtype == np.float32


def test_five_points_stand_in_the_detectors_order() -> None:
    found = five_points(template())
    np.testing.assert_allclose(found[0], template()[36:42].mean(axis=0))
    assert found[0][0] < found[2][0] < found[1][0]
    np.testing.assert_array_equal(found[2:], template()[[30, 48, 54]])
    assert five_points(np.stack([template()] * 3)).shape == (3, 5, 2)


@pytest.mark.data
def test_labels_of_people_are_nearly_symmetric_on_average(data_folder: object) -> None:
    from mien.datasets import _landmarks68

    points = _landmarks68.load("train", f"{data_folder}/landmarks68").points
    centred = points - points.mean(axis=1, keepdims=True)
    flipped = mirrored(centred, 0.0)
    difference = np.abs(centred.mean(axis=0) - flipped.mean(axis=0)).max()
    assert difference < 0.1 * inter_ocular(points).mean()
