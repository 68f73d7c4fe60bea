"""Where plates go."""

from hypothesis import given
from hypothesis import strategies as st

from mien.drawing.layout import Rect, bridge, corners, free, least_covered, panel_places, rect, within
from mien.types import Box

rects = st.builds(Rect, *[st.integers(-50, 50)] * 2, *[st.integers(0, 60)] * 2)


@given(rects, rects)
def test_overlap_is_symmetric_and_at_most_the_smaller(first: Rect, second: Rect) -> None:
    shared = first.overlap(second)
    assert shared == second.overlap(first)
    assert 0 <= shared <= min(first.width * first.height, second.width * second.height)


def test_a_place_is_free_inside_the_picture_and_off_all_others() -> None:
    place = Rect(10, 10, 20, 20)
    assert free(place, [Rect(30, 10, 5, 5)], (40, 40))
    assert not free(place, [Rect(29, 10, 5, 5)], (40, 40))
    assert not free(place, [], (25, 40))


def test_the_corner_that_hides_least_is_chosen() -> None:
    chosen = least_covered(corners((20, 20), (100, 100), 4), [Rect(50, 0, 50, 100)])
    assert chosen == Rect(4, 4, 20, 20)


def test_panels_lie_beside_the_face() -> None:
    face = rect(Box(40.4, 39.6, 60, 60))
    assert face == Rect(40, 40, 20, 20)
    places = panel_places(face, (30, 30), (200, 200), 2)
    assert list(places) == ["right", "left", "below", "above"]
    assert all(place.overlap(face) == 0 for place in places.values())


def test_what_matters_more_is_kept_free_first() -> None:
    eyes, face = [Rect(0, 0, 100, 10)], [Rect(0, 40, 100, 60)]
    assert least_covered(corners((20, 20), (100, 100), 4), eyes, face).y == 76
    assert least_covered(corners((20, 20), (100, 100), 4), [], face).y == 4


@given(rects)
def test_a_rectangle_is_moved_into_the_picture(place: Rect) -> None:
    moved = within(place, (60, 70))
    assert moved.inside(60, 70)
    assert moved == place or not place.inside(60, 70)


def test_a_bridge_joins_what_lies_beside_above_and_below() -> None:
    face = Rect(40, 40, 20, 20)
    assert bridge(face, Rect(70, 45, 30, 30), 2) == Rect(60, 45, 10, 2)
    assert bridge(face, Rect(5, 10, 30, 60), 2) == Rect(35, 40, 5, 2)
    assert bridge(face, Rect(30, 66, 30, 30), 2) == Rect(40, 60, 2, 6)
    assert bridge(face, Rect(45, 0, 30, 34), 2) == Rect(45, 34, 2, 6)
    assert bridge(face, Rect(45, 45, 30, 34), 2).height == 0
