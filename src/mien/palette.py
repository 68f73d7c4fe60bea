"""One colour per expression, the same on page, video, plot and report.

The hues stay apart for people with colour-blindness (after Okabe and Ito, 2008); they never stand
without the word beside them.
"""

COLOURS: dict[str, str] = {
    "angry": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "happy": "#E6A700",
    "sad": "#0072B2",
    "surprise": "#56B4E9",
    "neutral": "#8A8F98",
}
UNSURE = "#9AA0A6"
"""Drawn hatched, for a face whose expression is not certain enough to name."""
ACCENT = "#5B5BD6"


def colour(label: str | None) -> str:
    """The hex colour of ``label``; the unsure gray for None and for labels outside the seven."""
    return COLOURS.get(label or "", UNSURE)


def bgr(hex_colour: str) -> tuple[int, int, int]:
    """``#RRGGBB`` as OpenCV's (blue, green, red), each 0 to 255."""
    red, green, blue = (int(hex_colour[start : start + 2], 16) for start in (1, 3, 5))
    return blue, green, red
