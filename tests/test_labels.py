import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import labels, palette

words = st.lists(st.sampled_from("abcdefgh"), unique=True)


def test_the_seven_stand_in_the_published_order() -> None:
    assert labels.FER7 == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert labels.SETS["fer7"] is labels.FER7


@pytest.mark.parametrize("name", labels.SETS)
def test_sets_hold_different_words_and_all_seven(name: str) -> None:
    found = labels.SETS[name]
    assert len(set(found)) == len(found)
    assert set(palette.COLOURS) <= set(found)


@given(words, words)
def test_a_map_points_at_the_same_word_or_nowhere(source: list[str], target: list[str]) -> None:
    for label, index in zip(source, labels.index_map(source, target), strict=True):
        assert (label not in target) if index is None else (target[index] == label)
