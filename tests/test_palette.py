from mien import palette
from mien.labels import FER7


def test_every_expression_has_its_own_colour() -> None:
    assert list(palette.COLOURS) == list(FER7)
    assert len(set(palette.COLOURS.values())) == 7


def test_colours_turn_into_bgr() -> None:
    assert palette.bgr("#D55E00") == (0x00, 0x5E, 0xD5)
    assert palette.colour("happy") == "#E6A700"
    assert palette.colour(None) == palette.colour("contempt") == palette.UNSURE
