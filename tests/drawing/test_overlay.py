"""What the overlay puts on a picture, and what it leaves alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_points import place, template
from mien import palette
from mien.drawing import captions, numbers, text
from mien.drawing.heads import axes
from mien.drawing.overlay import Painter, draw
from mien.drawing.style import Sizes, Style
from mien.errors import BadOption
from mien.labels import FER7, FERPLUS8
from mien.regions import regions
from mien.types import Box, Expression, Face, FrameResult, Image, Pose

NOTHING = Style(boxes=False, ids=False, labels=False, bars=False)


def expression(label: str = "happy", *, unsure: bool = False) -> Expression:
    probabilities = np.full(7, 0.02, np.float32)
    probabilities[FER7.index(label)] = 0.88
    return Expression(FER7, probabilities, unsure)


def face(box: Box, **changes: Any) -> Face:
    return replace(Face(box, 0.9, track_id=1, expression=expression()), **changes)


def result(*faces: Face, width: int = 640, height: int = 360) -> FrameResult:
    return FrameResult("test", 0, 0.0, width, height, faces)


def canvas(width: int = 640, height: int = 360, value: int = 120) -> Image:
    return np.full((height, width, 3), value, np.uint8)


MIDDLE = Box(200, 100, 300, 220)


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


def test_measures_are_written_in_few_digits_and_a_dash_stands_for_none() -> None:
    values = (0.123, -12.34, 5.0, -0.001, float("nan"))
    assert [numbers.written("any", value) for value in values] == ["0.12", "-12.3", "5.00", "0.00", "-"]
    assert [numbers.written("yaw", value) for value in (12.34, -0.4)] == ["12°", "0°"]
    many = {f"measure_{number}": 1.0 for number in range(numbers.LENGTHS[0] + 3)}
    assert numbers.rows(many)[0] == ("measure 0", "1.00")
    assert numbers.rows(many)[-1] == ("and 3 more", "")


@pytest.mark.parametrize("value", [-12.5, float("nan")])
@pytest.mark.parametrize("name", ["yaw", "mouth_width"])
def test_the_font_has_every_sign_of_a_measure(name: str, value: float) -> None:
    unknown = text.mask("\uffff", 20)
    assert not any(np.array_equal(text.mask(sign, 20), unknown) for sign in numbers.written(name, value))


@pytest.mark.parametrize("box", [Box(-20, -20, 660, 380), Box(200, 40, 440, 350)])
def test_no_panel_hides_the_word_of_a_face(box: Box) -> None:
    many = {f"measure_{number}": 1.0 for number in range(30)}
    subject = face(box, landmarks=place(template(), box), measures=many)
    alone = draw(canvas(), result(subject), replace(NOTHING, labels=True))
    drawn = draw(canvas(), result(subject), replace(NOTHING, labels=True, bars=True, measures=True))
    word = _changed(alone)
    assert np.array_equal(drawn[word], alone[word])
    assert _changed(drawn).sum() > 3 * word.sum()


def test_every_face_has_its_word_before_another_has_panels() -> None:
    left, right = face(Box(100, 150, 160, 220), track_id=1), face(Box(260, 140, 330, 220), track_id=2)
    words = _changed(draw(canvas(), result(left, right), replace(NOTHING, labels=True)))
    drawn = draw(canvas(), result(left, right), replace(NOTHING, labels=True, bars=True))
    assert np.array_equal(
        drawn[words], draw(canvas(), result(left, right), replace(NOTHING, labels=True))[words]
    )


def test_panels_are_tied_to_their_face_where_there_are_several() -> None:
    bars = replace(NOTHING, bars=True)
    colour = palette.bgr(palette.colour("happy"))
    pair = [face(MIDDLE), face(Box(20, 100, 80, 180), track_id=2)]
    gap = slice(301, 300 + 2 * Sizes.of(640, 360).gap)
    assert (draw(canvas(), result(*pair), bars)[100, gap] == colour).all()
    assert (draw(canvas(), result(pair[0]), bars)[100, gap] == 120).all()


def test_panels_stay_off_eyes_and_mouth_where_they_can() -> None:
    box = Box(0, -10, 640, 500)  # its mouth lies low, its eyes high on the right
    places = place(template(), Box(300, 20, 660, 340))
    subject = face(box, landmarks=places)
    drawn = _changed(draw(canvas(), result(subject), replace(NOTHING, bars=True)))
    assert drawn.any()
    for part in regions(places, (640, 360)):
        assert not drawn[
            round(part.box.y1) : round(part.box.y2), round(part.box.x1) : round(part.box.x2)
        ].any()


def test_a_thumbnail_has_no_panels_and_smaller_words() -> None:
    subject = face(Box(40, 30, 73, 67))
    small = canvas(160, 120)
    drawn = draw(small, result(subject, width=160, height=120))
    alone = replace(Style(), bars=False)
    assert np.array_equal(drawn, draw(small, result(subject, width=160, height=120), alone))
    assert Sizes.of(160, 120).text < Sizes.of(640, 360).text


def test_a_small_face_is_not_all_frame() -> None:
    boxed = draw(canvas(), result(face(Box(300, 100, 328, 134))), replace(NOTHING, boxes=True))
    assert not _changed(boxed)[102:132, 302:326].any()


def test_words_of_regions_are_whole_at_the_picture_s_border() -> None:
    box = Box(-40, -10, 180, 210)
    shown = replace(NOTHING, regions=True)
    inner = Box(100, 100, 320, 320)
    words = [
        _plates(draw(canvas(), result(face(one, landmarks=place(template(), one))), shown))
        for one in (box, inner)
    ]
    assert words[0] >= 0.97 * words[1] > 0  # some lie one over another


def test_the_measures_lie_beside_the_bars() -> None:
    both = replace(NOTHING, bars=True, measures=True)
    subject = face(MIDDLE, measures={"roll": 1.0, "yaw": 2.0})
    alone = draw(canvas(), result(subject), replace(NOTHING, bars=True))
    drawn = draw(canvas(), result(subject), both)
    covered = (alone != canvas()).any(axis=2)
    assert np.array_equal(drawn[covered], alone[covered])
    assert not np.array_equal(drawn, alone)


def test_measures_without_room_are_left_out() -> None:
    wide = face(Box(0, 0, 640, 360), measures={"roll": 1.0}, expression=None)
    other = face(Box(300, 10, 630, 350), measures={"roll": 1.0}, expression=None, track_id=2)
    shown = replace(NOTHING, measures=True)
    assert np.array_equal(draw(canvas(), result(wide, other), shown), canvas())


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


def test_bars_show_every_label_in_the_fixed_order() -> None:
    probabilities = np.full(8, 0.125, np.float32)
    eight = Expression(FERPLUS8, probabilities)
    drawn = draw(canvas(), result(face(MIDDLE, expression=eight)), replace(NOTHING, bars=True))
    rows = [_first_row(drawn, palette.colour(label)) for label in FER7]
    assert rows == sorted(rows)
    assert len(set(rows)) == 7
    contempt = _first_row(drawn[rows[-1] + 8 :], palette.UNSURE) + rows[-1] + 8
    assert contempt > rows[-1]


def test_bars_keep_their_side_while_the_face_moves() -> None:
    painter = Painter(replace(NOTHING, bars=True))
    for left in (500, 440, 380, 320):  # from where only the left has room to where both have
        drawn = painter.draw(canvas(), result(face(Box(left, 100, left + 80, 200))))
        assert _changed(drawn)[:, : left - 1].any()
    fresh = draw(canvas(), result(face(Box(320, 100, 400, 200))), replace(NOTHING, bars=True))
    assert not _changed(fresh)[:, :320].any()


def test_only_some_faces_of_a_crowd_get_bars() -> None:
    crowd = [face(Box(x, y, x + 60, y + 70), track_id=x) for x in range(40, 1800, 200) for y in (200, 700)]
    style = replace(NOTHING, bars=True)
    one = _changed(draw(canvas(1920, 1080), result(crowd[0], width=1920, height=1080), style)).sum()
    many = _changed(draw(canvas(1920, 1080), result(*crowd, width=1920, height=1080), style)).sum()
    assert one < many <= 3.2 * one


@pytest.mark.parametrize("seen", [True, False])
def test_measures_stay_in_their_corner_while_a_face_moves(seen: bool) -> None:
    painter = Painter(replace(NOTHING, measures=True))
    many = {f"measure_{number}": 1.0 for number in range(10)}
    here, there = (face(Box(x, 0, x + 520, 360), measures=many) for x in (40, 80))
    first = painter.draw(canvas(), result(here))
    assert _changed(first).any()
    if not seen:  # a detector may miss a face for a frame
        painter.draw(canvas(), result())
    assert np.array_equal(painter.draw(canvas(), result(there)), first)
    assert not np.array_equal(draw(canvas(), result(there), painter.style), first)


def test_measures_leave_their_corner_for_eyes_and_mouth() -> None:
    painter = Painter(replace(NOTHING, measures=True))
    numbers_ = {f"measure_{number}": 1.0 for number in range(10)}
    painter.draw(canvas(), result(face(Box(40, 0, 560, 360), measures=numbers_)))
    box = Box(260, -40, 640, 340)
    near = face(box, measures=numbers_, landmarks=place(template(), box))
    drawn = _changed(painter.draw(canvas(), result(near)))
    assert drawn[:, :320].any()
    assert not drawn[:, 320:].any()


def test_a_crowd_does_not_fill_the_painter_s_memory() -> None:
    painter = Painter(replace(NOTHING, bars=True))
    for track in range(200):
        painter.draw(canvas(), result(face(MIDDLE, track_id=track)))
    assert len(painter._spots) < 100


def test_a_face_that_fills_the_picture_still_gets_its_bars_inside() -> None:
    drawn = draw(canvas(), result(face(Box(-20, -20, 660, 380))), replace(NOTHING, bars=True))
    assert _changed(drawn).any()


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
    plate = drawn[_changed(drawn, background)]
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


def _first_row(drawn: Image, colour: str) -> int:
    rows = np.flatnonzero((drawn == palette.bgr(colour)).all(axis=2).any(axis=1))
    assert rows.size, colour
    return int(rows[0])


def _plates(drawn: Image) -> int:
    """The pixels of dark plates."""
    return int((drawn.max(axis=2) < 50).sum())


def _changed(drawn: Image, value: int = 120) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return (drawn != value).any(axis=2)
