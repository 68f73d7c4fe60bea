"""The report of `mien.evaluation.detection` as tables: a row per figure, a column per detector."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from mien.cli import _figures

Report = dict[str, Any]


def tables(report: Report) -> Iterator[RenderableType]:
    """One table per part, and what has to be said beside them."""
    data = report["data"]
    if data is not None:
        yield Text(
            f"{data['pictures']} pictures, {data['faces']} faces ({data['ignored']} to be ignored)"
            + (f", {len(data['left_out'])} faults left out" if data["left_out"] else "")
            + _published(data)
        )
    makers: dict[str, Callable[[Report], Iterator[RenderableType]]] = {
        "ap": _ap,
        "recall": _recall,
        "stress": _stress,
        "time": _time,
        "empty": _empty,
        "agree": _agree,
    }
    for part, make in makers.items():
        if part in report:
            yield from make(report)
    for name, row in report["detectors"].items():
        if row["note"]:
            yield Text(f"{name}: {row['note']}.")


def _published(data: Report) -> str:
    """What the set's makers state, and whether it is what was read."""
    stated = {key: value for key, value in data["published"].items() if value}
    if not stated:
        return ""
    same = all(data[key] == value for key, value in stated.items())
    counts = ", ".join(f"{value} {key}" for key, value in stated.items())
    return f"; published: {counts}, {'as here' if same else 'which differs'}"


def _table(title: str, report: Report, *more: str) -> Table:
    return _figures.table(title, "", *report["detectors"], *more)


def _ap(report: Report) -> Iterator[RenderableType]:
    part, names = report["ap"], list(report["detectors"])
    rows = part["detectors"]
    if not rows:
        yield Text(part["problem"])
        return
    table = _table("Average precision", report)
    for key, title in (("ap50", "AP@.5"), ("ap", "AP@[.5:.95]"), ("subsets", "WIDER FACE")):
        for source in rows[names[0]][key]:
            table.add_row(f"{title} {source}", *(_share(rows[name][key][source]) for name in names))
        if key == "ap50":
            table.add_row("  95 % interval", *(_interval(rows[name]["ap50_interval"]) for name in names))
    yield table
    if rows[names[0]]["ap50"]["all"] is None:
        yield Text("No picture with complete boxes has a face: there is no precision to average.")
    if "difference" in part:
        difference = part["difference"]
        yield Text(
            f"AP@.5 of {difference['of'][0]} less that of {difference['of'][1]}: "
            f"{_signed(difference['ap50'])} (95 % interval {_interval(difference['interval'], signed=True)})"
        )
    if "subsets_problem" in part:
        yield Text(part["subsets_problem"])


def _recall(report: Report) -> Iterator[RenderableType]:
    part, settings = report["recall"], report["settings"]
    rows = list(part.values())
    table = _table(f"At score {settings['score']:g}, IoU {settings['iou']:g}", report, "faces")
    for group, first in rows[0]["recall"].items():
        table.add_row(
            f"recall {group}", *(_share(row["recall"][group]["recall"]) for row in rows), str(first["faces"])
        )
    table.add_section()
    for group in rows[0]["precision"]:
        table.add_row(
            f"precision {group}", *(_share(row["precision"][group]["precision"]) for row in rows), ""
        )
    table.add_section()
    for group, first in rows[0]["false"].items():
        values = (_share(row["false"][group]["per_picture"]) for row in rows)
        table.add_row(f"false a picture, {group}", *values, f"{first['pictures']} pictures")
    yield table


def _stress(report: Report) -> Iterator[RenderableType]:
    part = report["stress"]
    columns = list(part["detectors"].values())
    table = _table(
        f"Found, of the faces that {part['reference']} finds when clean (recall of all)", report, "faces"
    )
    for rows in zip(*columns, strict=True):
        degree = f"{rows[0]['severity']:g} {rows[0]['unit']}" if rows[0]["unit"] else ""
        name = f"{rows[0]['corruption'].replace('_', ' ')} {degree}"
        values = (
            _share(row["of_found"]) + (f" ({_share(row['recall'])})" if row["recall"] is not None else "")
            for row in rows
        )
        table.add_row(name.strip(), *values, str(rows[0]["faces"]))
    yield table


def _time(report: Report) -> Iterator[RenderableType]:
    part = report["time"]
    table = _table("Milliseconds of a 1280x720 frame, median (processor)", report)
    keys = dict.fromkeys((row["asked"], row["threads"]) for rows in part.values() for row in rows)
    for asked, threads in keys:
        cells = []
        for rows in part.values():
            row = next((row for row in rows if (row["asked"], row["threads"]) == (asked, threads)), None)
            cells.append("-" if row is None else _milliseconds(row))
        table.add_row(f"long side {asked}, {threads} thread{'s' if threads > 1 else ''}", *cells)
    yield table


def _milliseconds(row: Report) -> str:
    own = "" if row["long_side"] else " at its own size"
    return f"{row['ms']['median']:.2f} ({row['cpu_ms']['median']:.2f}){own}"


def _empty(report: Report) -> Iterator[RenderableType]:
    part = report["empty"]
    rows = list(part["detectors"].values())
    table = _table(f"On {part['video']}, which has no face", report)
    table.add_row("false faces", *(str(row["false"]) for row in rows))
    table.add_row("frames with any", *(f"{row['frames_with_any']} of {row['frames']}" for row in rows))
    table.add_row("highest score", *(_share(row["highest"]) for row in rows))
    yield table


def _agree(report: Report) -> Iterator[RenderableType]:
    part = report["agree"]
    rows = list(part["detectors"].values())
    table = _table(f"On {part['video']}, against {part['reference']}, IoU .5", report)
    table.add_row("share of its boxes", *(_share(row["agreement"]) for row in rows))
    table.add_row("own boxes that it has", *(_share(row["back"]) for row in rows))
    table.add_row("boxes", *(f"{row['own']} ({row['reference']})" for row in rows))
    yield table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _interval(ends: tuple[float, float] | None, signed: bool = False) -> str:
    if ends is None:
        return "-"
    return " to ".join(f"{end:+.3f}" if signed else f"{end:.3f}" for end in ends)
