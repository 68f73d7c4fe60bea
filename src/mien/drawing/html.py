"""Pages that stand alone: style, scripts and pictures inside, nothing fetched from anywhere.

Functions return HTML; whatever text they are given is escaped here.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib import resources

from mien import imageops, palette
from mien.drawing.bars import ordered
from mien.types import Image

UNSURE = "unsure"


def document(title: str, body: Iterable[str], scripts: Sequence[str] = ()) -> Iterator[str]:
    """The whole page, piece by piece. ``body`` is HTML, ``scripts`` are JavaScript sources run after it."""
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_resource('page.css')}</style>\n</head>\n<body>\n<main>\n"
    )
    yield from body
    yield "</main>\n"
    for script in (*scripts, _resource("page.js")) if scripts else ():
        yield f"<script>\n{script}\n</script>\n"
    yield "</body>\n</html>\n"


def chart(figure_json: str, group: str, description: str) -> str:
    """A place for a figure (JSON, safe inside a script); charts of one ``group`` share their time axis."""
    return (
        f'<div class="chart" role="img" aria-label="{escape(description)}" data-group="{escape(group)}">'
        f'<script type="application/json">{figure_json}</script>'
        "<noscript>This chart needs JavaScript.</noscript></div>\n"
    )


def bars(shares: Mapping[str, float], labels: tuple[str, ...]) -> str:
    """Shares in [0, 1] as bars with name and percent, ``labels`` in their fixed order, then "unsure"."""
    lead = max(shares, key=lambda label: shares[label], default="")
    shown = [*ordered(labels), *([UNSURE] if shares.get(UNSURE) else [])]
    rows = [
        f"<dt{' class=lead' if label == lead else ''}>{escape(label)}</dt>"
        f'<dd><span class="track"><span class="fill{_hatched(label)}" '
        f'style="--c:{palette.colour(label)};width:{shares.get(label, 0.0):.1%}"></span></span>'
        f'<span class="number">{shares.get(label, 0.0) * 100:.0f} %</span></dd>'
        for label in shown
    ]
    return f'<dl class="bars">{"".join(rows)}</dl>\n'


def legend(labels: Iterable[str]) -> str:
    """Swatch and word for each of ``labels``."""
    items = (
        f'<li><span class="swatch{_hatched(label)}" style="--c:{palette.colour(label)}"></span>'
        f"{escape(label)}</li>"
        for label in labels
    )
    return f'<ul class="legend" aria-label="Colours">{"".join(items)}</ul>\n'


def tiles(values: Mapping[str, str]) -> str:
    """A row of figures, each under its name."""
    items = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in values.items())
    return f'<dl class="tiles">{"".join(items)}</dl>\n'


def facts(values: Mapping[str, str]) -> str:
    """Names and what they are, one under the other."""
    items = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in values.items())
    return f'<dl class="facts">{"".join(items)}</dl>\n'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are numbers."""
    top = "".join(f"<th{_number(column)}>{escape(name)}</th>" for column, name in enumerate(head))
    body = "".join(
        "<tr>" + "".join(f"<td{_number(n)}>{escape(cell)}</td>" for n, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>\n'


def picture(image: Image, alternative: str) -> str:
    """``image`` (H, W, 3) BGR inside the page, as JPEG; ``alternative`` says what it shows."""
    data = base64.b64encode(imageops.encode(image, ".jpg", 82)).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{data}" alt="{escape(alternative)}">'


def _hatched(label: str) -> str:
    return " hatched" if label == UNSURE else ""


def _number(column: int) -> str:
    return ' class="number"' if column else ""


def _resource(name: str) -> str:
    return resources.files("mien.drawing").joinpath(name).read_text("utf-8")
