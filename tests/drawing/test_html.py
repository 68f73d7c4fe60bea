"""Pieces of pages: escaped, complete, self-contained."""

from html.parser import HTMLParser

import numpy as np

from mien.drawing import html
from mien.labels import FER7

NASTY = "<script>alert('&')</script>"


class Elements(HTMLParser):
    """Counts what opens and closes, and keeps the text."""

    VOID = frozenset({"meta", "img", "br", "!doctype"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_is_well_formed_and_fetches_nothing() -> None:
    page = "".join(html.document(NASTY, [html.tiles({"Frames": "3"})], ("var x = 1;",)))
    elements = Elements(page)
    assert elements.open == []
    assert elements.seen.count("script") == 2
    assert "<script>alert" not in page
    assert "://" not in page


def test_a_page_without_charts_has_no_script() -> None:
    assert "<script" not in "".join(html.document("Plain", ["<p>text</p>"]))


def test_whatever_is_given_is_escaped() -> None:
    pieces = (
        html.tiles({NASTY: NASTY}),
        html.facts({NASTY: NASTY}),
        html.table((NASTY,), [(NASTY,)]),
        html.legend((NASTY,)),
        html.bars({NASTY: 1.0}, (NASTY,)),
        html.chart("{}", NASTY, NASTY)
        .replace("<script type=", "<data type=")
        .replace("</script>", "</data>"),
    )
    for piece in pieces:
        assert "<script" not in piece
        assert Elements(piece).open == []


def test_bars_keep_their_order_and_show_unsure_only_where_there_is_some() -> None:
    words = html.bars({"happy": 0.75, "sad": 0.25}, tuple(reversed(FER7)))
    assert [words.index(f">{label}</dt>") for label in FER7] == sorted(
        words.index(f">{label}</dt>") for label in FER7
    )
    assert "<dt class=lead>happy</dt>" in words
    assert "width:75.0%" in words
    assert "unsure" not in words
    assert "unsure" in html.bars({"unsure": 1.0}, FER7)


def test_pictures_travel_inside() -> None:
    element = html.picture(np.zeros((8, 8, 3), np.uint8), "a face")
    assert element.startswith('<img src="data:image/jpeg;base64,')
    assert 'alt="a face"' in element
