"""What every data set keeps to."""

import pytest

from mien import registry
from mien.datasets.base import Dataset
from mien.errors import SourceError, UnknownName


@pytest.fixture(params=registry.names("datasets"))
def dataset(request: pytest.FixtureRequest, tmp_path: object) -> Dataset:
    loaded: Dataset = registry.load("datasets", request.param, folder=str(tmp_path))
    return loaded


def test_it_says_what_it_is(dataset: Dataset) -> None:
    assert dataset.title
    assert dataset.rights.endswith(".")
    assert len(set(dataset.labels)) == len(dataset.labels) >= 2
    assert dataset.splits


def test_an_absent_set_is_a_clear_error(dataset: Dataset) -> None:
    with pytest.raises(SourceError, match="MIEN_DATA"):
        dataset.load(dataset.splits[0])


def test_an_unknown_split_is_refused(dataset: Dataset) -> None:
    with pytest.raises(UnknownName, match="split"):
        dataset.load("no such split")
