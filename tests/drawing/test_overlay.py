"""What the overlay puts on a picture, and what it leaves alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn_faces import MIDDLE, NOTHING, canvas, changed, expression, face, result
from face_points import place, template
from mien import palette
from mien.drawing import captions
from mien.drawing.heads import axes
from mien.drawing.overlay import Painter, draw
from mien.drawing.style import Sizes, Style
from mien.errors import BadOption
from mien.regions import regions
from mien.testing import blank_frame
from mien.types import Box, Face, FrameResult, Image, Pose


def test_box_edge_has_the_expressions_colour() -> None:
    drawn = draw(canvas(), result(face(MIDDLE)), replace(NOTHING, boxes=True))
    assert tuple(drawn[160, 200]) == palette.bgr(palette.colour("happy"))
    assert tuple(drawn[100, 250]) == palette.bgr(palette.colour("happy"))
    assert tuple(drawn[219, 250]) == palette.bgr(palette.colour("happy"))
    assert tuple(drawn[160, 250]) == (120, 120, 120)


def test_fixed_colour_serves_box_bars_and_swatch() -> None:
    fixed = Style(colour="#12AB34")
    drawn = draw(canvas(), result(face(MIDDLE)), fixed)
    assert tuple(drawn[160, 200]) == (0x34, 0xAB, 0x12)
    assert not (drawn == palette.bgr(palette.colour("happy"))).all(axis=2).any()


def test_unsure_is_gray_and_dashed() -> None:
    unsure = face(MIDDLE, expression=expression(unsure=True))
    drawn = draw(canvas(), result(unsure), replace(NOTHING, boxes=True))
    edge = (drawn[102:218, 200] == palette.bgr(palette.UNSURE)).all(axis=1)
    assert edge.any()
    assert not edge.all()


def test_nothing_is_drawn_when_all_is_off() -> None:
    points = np.array([[220.0, 130.0]] * 5, np.float32)
    before = canvas()
    assert np.array_equal(draw(before, result(face(MIDDLE, points=points)), NOTHING), before)


@pytest.mark.parametrize("part", ["boxes", "ids", "labels", "bars", "points", "regions", "measures", "pose"])
def test_each_part_draws_by_itself(part: str) -> None:
    subject = face(MIDDLE, landmarks=place(template(), MIDDLE), measures={"roll": 1.5}, pose=Pose(0, 20, 10))
    alone = draw(canvas(), result(subject), replace(NOTHING, **{part: True}))
    assert not np.array_equal(alone, canvas())


def test_a_detectors_points_are_dots() -> None:
    subject = face(MIDDLE, points=np.array([[250.0, 150.0]], np.float32))
    drawn = draw(canvas(), result(subject), replace(NOTHING, points=True))
    assert drawn[149:151, 249:251].min() > 200


@pytest.mark.parametrize("box", [MIDDLE, Box(100, 20, 400, 350)])
def test_the_68_points_are_joined_by_lines(box: Box) -> None:
    places = place(template(), box)
    drawn = draw(canvas(), result(face(box, landmarks=places)), replace(NOTHING, points=True))
    for start, end in ((0, 1), (36, 37), (41, 36), (59, 48), (67, 60)):
        x, y = ((places[start] + places[end]) / 2).astype(int)
        assert drawn[y - 1 : y + 2, x - 1 : x + 2].max() > 180, f"nothing between {start} and {end}"
    x, y = ((places[16] + places[17]) / 2).astype(int)  # the jaw's end and a brow's start
    assert (drawn[y, x] == 120).all()


def test_points_that_are_no_numbers_are_not_drawn() -> None:
    unknown = face(MIDDLE, landmarks=np.full((68, 2), np.nan, np.float32))
    assert np.array_equal(draw(canvas(), result(unknown), replace(NOTHING, points=True)), canvas())


@pytest.mark.parametrize("box", [Box(300, 100, 340, 150), Box(100, 20, 400, 350), Box(560, 300, 760, 520)])
@pytest.mark.parametrize("background", [0, 255])
def test_points_stand_out_on_black_and_on_white(box: Box, background: int) -> None:
    before = canvas(value=background)
    drawn = draw(before, result(face(box, landmarks=place(template(), box))), replace(NOTHING, points=True))
    changes = np.abs(drawn.astype(int) - before)
    assert changes.max() > 80
    assert (changes > 0).mean() < 0.1, "and stay thin"


def test_points_far_outside_are_not_drawn() -> None:
    beyond = place(template(), Box(900, 500, 1000, 620))
    drawn = draw(canvas(), result(face(MIDDLE, landmarks=beyond)), replace(NOTHING, points=True))
    assert np.array_equal(drawn, canvas())


def test_regions_are_framed_and_named_where_there_is_room() -> None:
    def changed(box: Box) -> np.ndarray:  # type: ignore[type-arg]
        subject = face(box, landmarks=place(template(), box))
        return (draw(canvas(), result(subject), replace(NOTHING, regions=True)) != canvas()).any(axis=2)

    small, large = Box(300, 100, 330, 136), Box(100, 20, 400, 350)
    mouth = next(entry.box for entry in regions(place(template(), large)) if entry.name == "mouth")
    assert changed(large)[round(mouth.y1), round(mouth.x1) : round(mouth.x2)].all()
    assert changed(large)[round(mouth.y2) + 5, round(mouth.center[0])], "its word lies below"
    assert not changed(small)[137:150].any(), "no word where it would hide the face"


def test_a_head_that_looks_at_the_camera_has_upright_axes() -> None:
    sideways, down, forward = axes(Pose(0, 0, 0))
    assert (sideways, down) == (pytest.approx((1, 0)), pytest.approx((0, 1)))
    assert forward == pytest.approx((0, 0))


@pytest.mark.parametrize(
    ("pose", "forward"),
    [
        (Pose(0, 30, 0), (0.5, 0)),
        (Pose(0, -30, 0), (-0.5, 0)),
        (Pose(0, 0, 30), (0, -0.5)),
        (Pose(90, 30, 0), (0, 0.5)),
    ],
)
def test_the_nose_points_where_the_head_looks(pose: Pose, forward: tuple[float, float]) -> None:
    assert axes(pose)[2] == pytest.approx(forward, abs=1e-9)


def test_a_head_tilted_clockwise_has_its_right_axis_lower() -> None:
    sideways, _, _ = axes(Pose(20, 0, 0))
    assert sideways[1] > 0


@pytest.mark.parametrize("known", [{}, {"points": np.array([[250.0, 150.0]] * 5, np.float32)}])
def test_the_axes_start_at_the_nose_or_in_the_middle(known: dict[str, Any]) -> None:
    drawn = draw(canvas(), result(face(MIDDLE, pose=Pose(0, 0, 0), **known)), replace(NOTHING, pose=True))
    x, y = (250, 150) if known else (250, 160)
    assert (drawn[y : y + 20, x] != 120).any(axis=1).all()


def test_a_small_face_is_not_all_frame() -> None:
    boxed = draw(canvas(), result(face(Box(300, 100, 328, 134))), replace(NOTHING, boxes=True))
    assert not changed(boxed)[102:132, 302:326].any()


def test_words_of_regions_are_whole_at_the_picture_s_border() -> None:
    box = Box(-40, -10, 180, 210)
    shown = replace(NOTHING, regions=True)
    inner = Box(100, 100, 320, 320)
    words = [
        _plates(draw(canvas(), result(face(one, landmarks=place(template(), one))), shown))
        for one in (box, inner)
    ]
    assert words[0] >= 0.97 * words[1] > 0  # some lie one over another


def test_a_face_too_poor_to_be_read_says_its_quality() -> None:
    poor = face(MIDDLE, expression=None, quality=0.214, track_id=None)
    assert captions.words(poor, Style()) == ["not read: quality 0.21"]


def test_the_picture_given_is_not_changed_and_the_result_is_the_same_again() -> None:
    before = canvas()
    first = draw(before, result(face(MIDDLE)))
    assert np.array_equal(before, canvas())
    assert np.array_equal(first, draw(before, result(face(MIDDLE))))


def test_draws_into_the_picture_it_is_given() -> None:
    out = np.zeros_like(canvas())
    assert Painter().draw(canvas(), result(face(MIDDLE)), out) is out
    assert np.array_equal(out, draw(canvas(), result(face(MIDDLE))))


def test_tiny_faces_of_a_crowd_get_a_box_only() -> None:
    tiny = [face(Box(x, 100, x + 8, 110), track_id=x) for x in (100, 300)]
    with_text = draw(canvas(), result(*tiny))
    assert np.array_equal(with_text, draw(canvas(), result(*tiny), replace(NOTHING, boxes=True)))


def test_no_face_and_no_expression_are_fine() -> None:
    assert np.array_equal(draw(canvas(), result()), canvas())
    unread = draw(canvas(), result(face(MIDDLE, expression=None, track_id=None)))
    assert tuple(unread[160, 200]) == palette.bgr(palette.UNSURE)


@pytest.mark.parametrize("background", [0, 128, 255])
def test_text_stands_out_on_any_background(background: int) -> None:
    drawn = draw(canvas(value=background), result(face(MIDDLE)), replace(NOTHING, labels=True))
    plate = drawn[changed(drawn, background)]
    assert plate.max() >= 250
    assert np.percentile(plate, 30) < 90  # 7:1 against white


def test_sizes_grow_with_the_picture() -> None:
    small, large = Sizes.of(640, 360), Sizes.of(3840, 2160)
    assert small.text >= 12
    assert large.text >= 3 * small.text
    assert large.line > small.line
    assert Sizes.of(640, 360, 2.0).text > small.text


@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.lists(st.tuples(*[st.floats(-400, 700)] * 4, st.booleans()), max_size=6),
)
def test_any_box_in_any_picture_can_be_drawn(
    width: int, height: int, boxes: list[tuple[float, float, float, float, bool]]
) -> None:
    faces = [
        face(Box(x, y, x + abs(w), y + abs(h)), track_id=index, expression=expression(unsure=unsure))
        for index, (x, y, w, h, unsure) in enumerate(boxes)
    ]
    drawn = draw(canvas(width, height), result(*faces, width=width, height=height), Style(points=True))
    assert drawn.shape == (height, width, 3)


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"max_bars": -1}, {"scale": 0.0}])
def test_a_wrong_style_is_refused_with_its_value(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=next(iter(wrong))):
        Style(**wrong)


def _plates(drawn: Image) -> int:
    """The pixels of dark plates."""
    return int((drawn.max(axis=2) < 50).sum())


def test_a_turned_view_of_a_picture_can_be_drawn_on() -> None:
    image = np.rot90(blank_frame(64, 48).image)
    result = FrameResult("turned", 0, 0.0, 48, 64, (Face(Box(5, 5, 40, 40), 1.0),))
    assert draw(image, result).shape == (64, 48, 3)
