"""Words as coverage, blended into pictures."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mien.drawing import text


def test_words_of_one_size_share_their_height_and_cover_something() -> None:
    high, low = text.mask("Hgy", 16), text.mask("ace", 16)
    assert high.shape[0] == low.shape[0]
    assert high.max() > 200
    assert text.width("happy 87 %", 16) > text.width("happy", 16)


def test_small_words_stand_apart() -> None:
    """Between two words lie more empty columns than between any two letters."""
    empty = (text.mask("ill ill", 10) < 40).all(axis=0)
    gaps = "".join(".#"[int(not column)] for column in empty).strip(".").split("#")
    widths = sorted(len(gap) for gap in gaps)
    assert widths[-1] > widths[-2] + 1


def test_blending_paints_only_where_the_mask_covers() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    text.blend(image, np.array([[255, 0], [0, 128]], np.uint8), 1, 1, (10, 20, 200))
    assert tuple(image[1, 1]) == (10, 20, 200)
    assert tuple(image[2, 2]) == (5, 10, 100)
    image[1, 1] = image[2, 2] = 0
    assert not image.any()


@given(st.integers(-60, 60), st.integers(-60, 60))
def test_blending_is_cut_at_the_edges(x: int, y: int) -> None:
    small = np.zeros((20, 20, 3), np.uint8)
    coverage = text.mask("sad", 12)
    text.blend(small, coverage, x, y, (255, 255, 255))
    large = np.zeros((220, 220, 3), np.uint8)
    text.blend(large, coverage, x + 100, y + 100, (255, 255, 255))
    assert np.array_equal(small, large[100:120, 100:120])
