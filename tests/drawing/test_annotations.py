"""Where the words, bars and measures of faces stand, and what they say."""

from dataclasses import replace

import numpy as np
import pytest

from drawn_faces import MIDDLE, NOTHING, canvas, changed, face, result
from face_points import place, template
from mien import palette
from mien.drawing import numbers, text
from mien.drawing.overlay import Painter, draw
from mien.drawing.style import Sizes, Style
from mien.labels import FER7, FERPLUS8
from mien.regions import regions
from mien.types import Box, Expression, Image


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
    word = changed(alone)
    assert np.array_equal(drawn[word], alone[word])
    assert changed(drawn).sum() > 3 * word.sum()


def test_every_face_has_its_word_before_another_has_panels() -> None:
    left, right = face(Box(100, 150, 160, 220), track_id=1), face(Box(260, 140, 330, 220), track_id=2)
    words = changed(draw(canvas(), result(left, right), replace(NOTHING, labels=True)))
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
    drawn = changed(draw(canvas(), result(subject), replace(NOTHING, bars=True)))
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
        assert changed(drawn)[:, : left - 1].any()
    fresh = draw(canvas(), result(face(Box(320, 100, 400, 200))), replace(NOTHING, bars=True))
    assert not changed(fresh)[:, :320].any()


def test_only_some_faces_of_a_crowd_get_bars() -> None:
    crowd = [face(Box(x, y, x + 60, y + 70), track_id=x) for x in range(40, 1800, 200) for y in (200, 700)]
    style = replace(NOTHING, bars=True)
    one = changed(draw(canvas(1920, 1080), result(crowd[0], width=1920, height=1080), style)).sum()
    many = changed(draw(canvas(1920, 1080), result(*crowd, width=1920, height=1080), style)).sum()
    assert one < many <= 3.2 * one


@pytest.mark.parametrize("seen", [True, False])
def test_measures_stay_in_their_corner_while_a_face_moves(seen: bool) -> None:
    painter = Painter(replace(NOTHING, measures=True))
    many = {f"measure_{number}": 1.0 for number in range(10)}
    here, there = (face(Box(x, 0, x + 520, 360), measures=many) for x in (40, 80))
    first = painter.draw(canvas(), result(here))
    assert changed(first).any()
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
    drawn = changed(painter.draw(canvas(), result(near)))
    assert drawn[:, :320].any()
    assert not drawn[:, 320:].any()


def test_a_crowd_does_not_fill_the_painter_s_memory() -> None:
    painter = Painter(replace(NOTHING, bars=True))
    for track in range(200):
        painter.draw(canvas(), result(face(MIDDLE, track_id=track)))
    assert len(painter._spots) < 100


def test_a_face_that_fills_the_picture_still_gets_its_bars_inside() -> None:
    drawn = draw(canvas(), result(face(Box(-20, -20, 660, 380))), replace(NOTHING, bars=True))
    assert changed(drawn).any()


def _first_row(drawn: Image, colour: str) -> int:
    rows = np.flatnonzero((drawn == palette.bgr(colour)).all(axis=2).any(axis=1))
    assert rows.size, colour
    return int(rows[0])
