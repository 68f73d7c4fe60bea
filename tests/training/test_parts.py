from dataclasses import replace

import numpy as np
import pytest

from mien.artifact import InputSpec
from mien.datasets.base import Samples
from mien.errors import BadOption, SourceError
from mien.training.parts import Part, hold_out, join, marked, per_class

SPEC = InputSpec(8, 8, "gray", (0.0,), (1.0,))
COLOUR = InputSpec(8, 8, "bgr", (0.0,) * 3, (1.0,) * 3)


def part(count: int = 40, name: str = "made", shape: tuple[int, ...] = (4, 4), people: bool = True) -> Part:
    pixels = np.random.default_rng(1).integers(0, 256, (count, *shape), np.uint8)
    subjects = np.array([f"p{number // 4}" for number in range(count)]) if people else None
    samples = Samples(pixels, np.arange(count) % 4, np.arange(count), subjects=subjects)
    return Part(name, samples, np.ones(count, np.float32), np.arange(count) % 5 == 0)


def dice() -> np.random.Generator:
    return np.random.default_rng(3)


def test_one_part_stays_itself_and_none_is_none() -> None:
    only = part()
    assert join([only], 4, SPEC) is only
    assert join([], 4, SPEC) is None


def test_pictures_alike_are_joined_as_they_are() -> None:
    joined = join([part(name="a"), part(8, "b")], 4, SPEC)
    assert joined is not None
    assert joined.name == "a + b"
    assert joined.samples.images.shape == (48, 4, 4)
    assert joined.leaked.sum() == 8 + 2
    assert joined.samples.subjects is not None
    assert len(set(joined.samples.subjects)) == 12  # p0 of the one is not p0 of the other
    same = join([replace(part(name=name), people_of="CK+") for name in ("a", "b")], 4, SPEC)
    assert same is not None
    assert same.samples.subjects is not None
    assert len(set(same.samples.subjects)) == 10  # but of one set's people it is


def test_pictures_of_unlike_shapes_get_the_inputs() -> None:
    joined = join([part(), part(8, "b", (6, 6, 3), people=False)], 4, SPEC)
    assert joined is not None
    assert joined.samples.images.shape == (48, 8, 8)
    assert joined.samples.subjects is None


def test_what_does_not_fit_into_the_memory_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mien.datasets._memory._free", lambda: 1000)
    assert join([part(count=20), part(count=20, name="b")], 4, SPEC) is not None
    with pytest.raises(SourceError, match="48 pictures take"):
        join([part(), part(8, "b", (6, 6, 3), people=False)], 4, SPEC)


def test_one_label_is_one_vote_beside_sets_with_votes() -> None:
    voted = part(8)
    votes = np.full((8, 4), 0.25, np.float32)
    voted = replace(voted, samples=replace(voted.samples, soft=votes))
    joined = join([part(4), voted], 4, SPEC)
    assert joined is not None
    assert joined.samples.soft is not None
    assert np.array_equal(joined.samples.soft[:4], np.eye(4))
    assert np.array_equal(joined.samples.soft[4:], votes)


def test_so_many_of_each_class_are_drawn() -> None:
    drawn = per_class(part(), 7, "abcd", dice())
    assert np.bincount(drawn.samples.targets).tolist() == [7] * 4
    assert drawn.samples.rows.tolist() == per_class(part(), 7, "abcd", dice()).samples.rows.tolist()
    with pytest.raises(BadOption, match="per_class=11, but there are only 10 pictures of a"):
        per_class(part(), 11, "abcd", dice())


def test_heavy_pictures_are_drawn_first() -> None:
    heavy = replace(part(), weights=np.where(np.arange(40) < 20, 1e6, 1.0).astype(np.float32))
    assert per_class(heavy, 5, "abcd", dice()).samples.rows.max() < 20


@pytest.mark.parametrize("by", ["random", "stratified", "subject"])
def test_what_is_held_out_is_learned_from_no_more(by: str) -> None:
    left, held = hold_out(part(), 0.2, by, dice())
    assert len(held) == 8
    assert sorted([*left.samples.rows, *held.samples.rows]) == list(range(40))
    assert held.name == f"made, 20% held out ({by})"


def test_stratified_holds_out_of_every_class_and_subject_whole_people() -> None:
    assert np.bincount(hold_out(part(), 0.2, "stratified", dice())[1].samples.targets).tolist() == [2] * 4
    left, held = hold_out(part(), 0.2, "subject", dice())
    assert left.samples.subjects is not None
    assert held.samples.subjects is not None
    assert set(left.samples.subjects).isdisjoint(held.samples.subjects)


def test_what_cannot_be_held_out_is_said() -> None:
    with pytest.raises(BadOption, match="leaves none"):
        hold_out(part(4), 0.01, "random", dice())
    with pytest.raises(BadOption, match="who is in its pictures"):
        hold_out(part(people=False), 0.2, "subject", dice())


def test_pictures_that_stand_in_the_lesson_are_marked_whatever_the_set_says() -> None:
    lesson, asked = part(), part(8, "asked")
    fresh = np.random.default_rng(9).integers(0, 256, (8, 4, 4), np.uint8)
    fresh[3] = lesson.samples.images[17]
    asked = replace(asked, samples=replace(asked.samples, images=fresh), leaked=np.arange(8) == 5)
    assert marked(asked, lesson, SPEC).leaked.nonzero()[0].tolist() == [3, 5]
    other = replace(lesson, samples=replace(lesson.samples, images=np.stack([lesson.samples.images] * 3, -1)))
    assert marked(asked, other, COLOUR).leaked.nonzero()[0].tolist() == [3, 5]
    small = replace(lesson, samples=replace(lesson.samples, images=np.zeros((len(lesson), 2, 2), np.uint8)))
    assert marked(asked, small, SPEC).leaked.nonzero()[0].tolist() == [5]


def test_copies_are_found_where_the_lesson_was_joined_at_another_size() -> None:
    face = np.random.default_rng(3).integers(0, 256, (8, 4, 4), np.uint8)
    gray = replace(part(8), samples=replace(part(8).samples, images=face))
    colour = replace(part(8), samples=replace(part(8).samples, images=np.stack([face[::-1]] * 3, -1)))
    joined = join([gray, colour], 4, COLOUR)
    assert joined is not None
    assert marked(gray, joined, COLOUR).leaked.all()
