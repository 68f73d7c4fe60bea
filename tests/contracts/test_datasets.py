"""What every data set keeps to, each read from a small one in its published layout."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import face_sets
from face_sets import Built
from mien import imageops, registry
from mien.datasets import _check
from mien.datasets._pictures import PictureSet
from mien.datasets.base import Dataset, Samples
from mien.errors import SourceError, UnknownName
from mien.labels import COMPOUND11, FER8

NAMES = registry.names("datasets")
FILES = [name for name in NAMES if issubclass(registry.find("datasets", name), PictureSet)]
"""Sets whose pictures are files, cut as the reader wishes."""
LISTED = [name for name in FILES if name.startswith(("affectnet", "expw", "rafdb"))]
"""Those of them with a list of their pictures."""


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty(name: str, tmp_path: Path) -> Dataset:
    dataset: Dataset = registry.load("datasets", name, folder=str(tmp_path))
    return dataset


@pytest.fixture
def built(name: str, tmp_path: Path) -> Built:
    return face_sets.BUILDERS[name](tmp_path / "Gesichter für alle")


def opened(name: str, built: Built, **options: Any) -> Dataset:
    dataset: Dataset = registry.load("datasets", name, folder=str(built.own), **(built.options | options))
    return dataset


def test_each_has_a_builder_here() -> None:
    assert sorted(face_sets.BUILDERS) == NAMES


def test_it_says_what_it_is(empty: Dataset) -> None:
    assert empty.title
    assert empty.rights.endswith(".")
    assert empty.layout.endswith(".")
    assert (type(empty).__doc__ or "").startswith(("Pictures", "FER", "48x48", empty.title.split(",")[0]))


def test_its_words_are_the_packages_own(built: Built, name: str) -> None:
    labels = opened(name, built).labels
    assert len(set(labels)) == len(labels) >= 2
    assert set(labels) <= {*FER8, *COMPOUND11}


def test_published_numbers_are_of_its_parts_and_labels(empty: Dataset) -> None:
    assert set(empty.totals) <= set(empty.splits)
    for split, counts in empty.published.items():
        assert set(counts) <= set(empty.labels)
        assert empty.totals[split] == sum(counts.values())


def test_options_are_typed(name: str) -> None:
    types = {option.name: option.type for option in registry.schema("datasets", name)}
    assert types["folder"] is str
    assert types["skip_faults"] is bool
    assert types.get("side", int) is int
    assert types.get("colour", bool) is bool


def test_an_absent_set_is_a_clear_error(empty: Dataset) -> None:
    with pytest.raises(SourceError, match=r"Expected: .*MIEN_DATA"):
        empty.load(empty.splits[0])


def test_an_unknown_split_is_refused(empty: Dataset) -> None:
    with pytest.raises(UnknownName, match="split"):
        empty.load("no such split")


def test_every_part_is_read_whole(name: str, built: Built) -> None:
    dataset = opened(name, built)
    assert dataset.splits == tuple(built.counts)
    for split, count in built.counts.items():
        samples = dataset.load(split)
        assert len(samples) == count
        _fits(samples, dataset)


def _fits(samples: Samples, dataset: Dataset) -> None:
    count = len(samples)
    assert samples.images.dtype == np.uint8
    assert samples.images.shape[0] == count
    assert samples.images.ndim in (3, 4)
    assert samples.targets.dtype == samples.rows.dtype == np.int64
    assert 0 <= samples.targets.min() <= samples.targets.max() < len(dataset.labels)
    assert len(set(samples.rows.tolist())) == count
    assert not samples.blank().any()
    columns = [samples.subjects, samples.names, *samples.groups.values()]
    assert {len(column) for column in columns if column is not None} <= {count}
    if samples.soft is not None:
        assert samples.soft.sum(axis=1) == pytest.approx(np.ones(count))


def test_it_is_found_below_the_data_folder_too(
    name: str, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = built.own.parents[1] if name.startswith("rafdb") else built.own.parent
    monkeypatch.setenv("MIEN_DATA", str(top))
    dataset = registry.load("datasets", name, **built.options)
    if name == "folder":
        dataset = registry.load("datasets", name, folder=str(built.own))
    split, count = next(iter(built.counts.items()))
    assert len(dataset.load(split)) == count


def test_reading_twice_gives_the_same(name: str, built: Built) -> None:
    split = next(iter(built.counts))
    one, two = opened(name, built).load(split), opened(name, built).load(split)
    assert np.array_equal(one.images, two.images)
    assert np.array_equal(one.targets, two.targets)
    assert np.array_equal(one.rows, two.rows)


def test_parts_have_samples_of_their_own(name: str, built: Built) -> None:
    dataset = opened(name, built)
    pictures = [{image.tobytes() for image in dataset.load(split).images} for split in dataset.splits]
    assert len(set.union(*pictures)) == sum(map(len, pictures))


@pytest.mark.parametrize("name", FILES)
def test_size_and_colour_can_be_chosen(name: str, built: Built) -> None:
    split, count = next(iter(built.counts.items()))
    assert opened(name, built, side=20, colour=True).load(split).images.shape == (count, 20, 20, 3)
    assert opened(name, built, side=33, colour=False).load(split).images.shape == (count, 33, 33)


@pytest.mark.parametrize("name", [name for name in FILES if name != "mmi"])  # it has videos
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # what Pillow says of a cut TIFF before it gives up
def test_a_damaged_picture_is_named_or_left_out(name: str, built: Built) -> None:
    damaged = face_sets.damage(built.own)
    parts = {split: opened(name, built).read(split) for split in built.counts}
    named = [fault.what for reading in parts.values() for fault in reading.faults if fault.serious]
    assert named
    assert all(damaged.name in what for what in named)
    split = next(split for split, reading in parts.items() if reading.faults)
    with pytest.raises(SourceError, match=r"1 x unreadable|2 x unreadable"):
        opened(name, built).load(split)
    left = opened(name, built, skip_faults=True).load(split)
    assert len(left) == len(parts[split].samples) < built.counts[split]


@pytest.mark.parametrize("name", LISTED)
def test_a_missing_picture_is_named(name: str, built: Built) -> None:
    gone = min(built.own.rglob("*.jpg"))
    gone.unlink()
    reading = [opened(name, built).read(split) for split in built.counts]
    assert gone.stem in " ".join(fault.what for part in reading for fault in part.faults)


def test_the_check_finds_nothing_wrong(name: str, built: Built) -> None:
    found = _check.check(name, str(built.own))
    assert found.usable
    assert {part.name: part.total for part in found.parts} == built.counts
    assert [fault for part in found.parts for fault in part.faults if fault.serious] == []


def test_whole_pictures_keep_their_pixels(tmp_path: Path) -> None:
    built = face_sets.ckplus48(tmp_path)
    samples = opened("ckplus48", built).load("all")
    assert samples.names is not None
    for image, name in zip(samples.images, samples.names, strict=True):
        assert np.array_equal(image, imageops.gray(imageops.read(built.own / str(name))))
