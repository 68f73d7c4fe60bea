"""The classifiers' report as one page that stands alone (extra ``report``)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from mien.drawing import charts, html
from mien.errors import SinkError
from mien.evaluation import charts_classifier as figures
from mien.evaluation.classifier_leaks import as_text
from mien.evaluation.classifier_section import section, share
from mien.evaluation.remarks import remarks
from mien.sinks._atomic import NO_UTF8

Row = dict[str, Any]
_STYLE = """
section > .card, .pair > .card { display: grid; gap: 8px; }
.card > * { min-width: 0; }
.matrix th { font-size: 13px; }
.matrix td, .matrix th { text-align: center; padding: 4px 8px; border: 0; }
.matrix tbody th { text-align: right; }
.matrix td { min-width: 64px; line-height: 18px; border-radius: 4px;
  background: color-mix(in srgb, var(--accent) calc(var(--p) * 45%), transparent); }
.matrix small { color: inherit; opacity: .8; } .matrix .right { font-weight: 650; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 16px; }
.best { font-weight: 650; }
"""
_OVERVIEW = (
    ("top-1", "accuracy", max),
    ("top-2", "top2", max),
    ("macro F1", "macro_f1", max),
    ("balanced accuracy", "balanced_accuracy", max),
    ("macro AUC", "macro_auc", max),
    ("log loss", "log_loss", min),
    ("Brier score", "brier", min),
    ("calibration error", "calibration_error", min),
)


def write(report: Mapping[str, Any], path: Path) -> None:
    """Write the page of a report of `mien.evaluation.classifier.evaluate`.

    Raises `SinkError` where the file cannot be written and `MissingExtra` without Plotly.
    """
    page = html.document(
        f"Classifiers on {report['title']} {report['split']}", _body(report), (charts.library(),)
    )
    try:
        with path.open("w", encoding="utf-8", errors=NO_UTF8, newline="\n") as lines:
            lines.writelines(page)
    except OSError as error:
        raise SinkError(f"Cannot write the report '{path}': {error}. Check folder and space.") from error


def _body(report: Mapping[str, Any]) -> Iterator[str]:
    rows: dict[str, Row] = report["classifiers"]
    yield f"<style>{_STYLE}</style>\n"
    yield from _header(report)
    yield "<section><h2>Side by side</h2><div class='card'>"
    yield _overview(rows)
    yield "</div>\n"
    yield from _comparisons(report["comparisons"])
    yield "</section>\n"
    yield from _by_label(rows)
    for place, (name, row) in enumerate(rows.items()):
        yield from section(name, row, place)
    yield from _groups(rows)
    yield from _how(report)


def _header(report: Mapping[str, Any]) -> Iterator[str]:
    made = f"{datetime.now().astimezone():%d %B %Y, %H:%M}"
    view = report["settings"]["view"]
    more = "" if view == "none" else f", each seen by {view}"
    yield (
        f"<header><div><h1>{escape(report['title'])} {escape(report['split'])}</h1>"
        f"<p class='soft'>{report['samples']:,} pictures{escape(more)}; {made}</p></div>\n"
    )
    yield f'<p class="notice">{escape(as_text(report))}</p>\n'
    for remark in remarks({name: row["notes"] for name, row in report["classifiers"].items()}):
        yield f'<p class="notice">{escape(remark)}</p>\n'
    yield "</header>\n"


def _overview(rows: Mapping[str, Row]) -> str:
    lines = []
    for title, key, better in _OVERVIEW:
        values = [row[key] for row in rows.values()]
        known = [value for value in values if value is not None]
        best = better(known) if len(values) > 1 and known else None
        lines.append((title, [_cell(row, key, best) for row in rows.values()]))
    for copies, key in (("exact copies", "without_leaked"), ("near copies too", "without_near")):
        if any(row[key] for row in rows.values()):
            lines.append((f"top-1 without {copies}", [_clean(row[key]) for row in rows.values()]))
    for batch in dict.fromkeys(batch for row in rows.values() for batch in row["ms_per_face"]):
        times = [row["ms_per_face"][batch] for row in rows.values()]
        cells = [
            f'{time["median"]:.3f} <span class="soft">processor {time["cpu"]:.3f}</span>' for time in times
        ]
        lines.append((f"ms a face, {batch} at once", cells))
    lines.append(("parameters", [_whole(row["model"]["parameters"]) for row in rows.values()]))
    lines.append(("MFLOPs a face", [_millions(row["model"]["flops"]) for row in rows.values()]))
    head = "".join(f'<th class="number">{escape(name)}</th>' for name in rows)
    body = "".join(
        f"<tr><td>{escape(title)}</td>"
        + "".join(f'<td class="number">{cell}</td>' for cell in cells)
        + "</tr>"
        for title, cells in lines
    )
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll">{table}</div>\n'


def _cell(row: Row, key: str, best: float | None) -> str:
    text = share(row[key])
    if best is not None and row[key] == best:
        text = f'<span class="best">{text}</span>'
    low, high = row["intervals"].get(key, (None, None))
    return text if low is None else f'{text} <span class="soft">{low:.3f} to {high:.3f}</span>'


def _clean(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "-"
    low, high = found["interval"]
    interval = "" if low is None else f"{low:.3f} to {high:.3f}, "
    return f'{share(found["accuracy"])} <span class="soft">{interval}{found["samples"]:,} pictures</span>'


def _comparisons(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not rows:
        return
    lines = [
        (
            " and ".join(row["of"]),
            str(row["first_only"]),
            str(row["second_only"]),
            f"{row['difference']:+.4f}",
            "-" if row["interval"][0] is None else "{:+.4f} to {:+.4f}".format(*row["interval"]),
            f"{row['p']:.3g}",
            row["method"],
        )
        for row in rows
    ]
    yield "<h3>Do they differ? McNemar's test</h3><div class='card'>"
    head = ("", "first alone right", "second alone right", "difference", "95 %", "p", "test")
    yield html.table(head, lines)
    yield "</div>\n"


def _by_label(rows: Mapping[str, Row]) -> Iterator[str]:
    yield "<section><h2>Label by label</h2>"
    if len(rows) > 1:
        yield f"<p class='soft'>Bars from left to right: {escape(', '.join(rows))}.</p>"
    for key, title in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1")):
        yield f"<div class='card'><h3>{title}</h3>"
        yield html.chart(charts.as_json(figures.labels(dict(rows), key)), key, f"{title} of each label")
        yield "</div>\n"
    yield "</section>\n"


def _groups(rows: Mapping[str, Row]) -> Iterator[str]:
    columns = next(iter(rows.values()))["groups"]
    if not columns:
        return
    yield "<section><h2>Group by group</h2>"
    for column, values in columns.items():
        lines = [
            (value, f"{found['samples']:,}", *(_group(row["groups"][column][value]) for row in rows.values()))
            for value, found in values.items()
        ]
        table = html.table(("", "pictures", *rows), lines)
        yield f"<div class='card'><h3>{escape(column)}</h3>{table}</div>\n"
    yield "</section>\n"


def _group(found: Mapping[str, Any]) -> str:
    low, high = found["interval"]
    return f"{found['accuracy']:.4f} ({low:.3f} to {high:.3f})"


def _how(report: Mapping[str, Any]) -> Iterator[str]:
    settings, machine = report["settings"], report["machine"]
    values = {
        "data": f"{report['data']} {report['split']}",
        "views of each picture": settings["view"],
        "intervals": f"95 %, {settings['resamples']} resamples of the pictures (percentiles, seed 0)",
        "near copies": _limits(report["leakage"]["limits"]),
        "machine": f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}",
    }
    for name, row in report["classifiers"].items():
        if row["model"]["sha256"]:
            values[name] = f"SHA-256 {row['model']['sha256']}"
    yield f"<section><h2>How this was made</h2><div class='card'>{html.facts(values)}</div></section>\n"


def _limits(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "not sought"
    return (
        f"at {found['side']}x{found['side']} pixels: correlation of {found['pixels_alike']} or more, moved "
        f"by up to {found['shift']} pixels, the light's slow changes taken off; also mirrored"
    )


def _whole(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _millions(value: int | None) -> str:
    return "-" if value is None else f"{value / 1e6:.1f}"
