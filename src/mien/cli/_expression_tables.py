"""The report of `mien.evaluation.expressions` as tables: a column per reader, the paper's beside them."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from mien.cli import _figures

Report = dict[str, Any]


def tables(report: Report) -> Iterator[RenderableType]:
    """What was scored, one table per question, and what has to be said beside them."""
    data = report["data"]
    known = sum(data["faces"].values())
    yield Text(
        f"{data['pictures']} pictures, {known} faces with an expression, {data['unknown']} without"
        f" ({data['ignored']} to be ignored)"
        + (f", {len(data['left_out'])} faults left out" if data["left_out"] else "")
    )
    for note in data["notes"]:
        yield Text(f"Note: {note}.")
    yield _paper(report)
    yield _more(report)
    yield _whole(report)
    yield from (_confusion(name, row) for name, row in report["readers"].items())
    if any(row["sizes"] for row in report["readers"].values()):
        yield _sizes(report)
    if any(row["time"] for row in report["readers"].values()):
        yield _time(report)
    for name, row in report["readers"].items():
        if row["note"]:
            yield Text(f"{name}: {row['note']}.")


def _paper(report: Report) -> Table:
    """The paper's layout: precision and mAP@.5 of all and of each expression."""
    paper, readers = report["paper"], report["readers"]
    table = _table("Precision / mAP@.5", report, f"paper ({paper['data']})")
    faces = report["data"]["faces"]
    for label, stated in paper["figures"].items():
        own = (
            f"{_share(row['precision'][label])} / {_share(row['map50'][label])}" for row in readers.values()
        )
        count = "" if label == "all" else f" ({faces[label]})"
        table.add_row(label + count, *own, " / ".join(map(_share, stated)))
    return table


def _more(report: Report) -> Table:
    table = _table("Recall / mAP@[.5:.95]", report)
    for label in report["paper"]["figures"]:
        table.add_row(
            label,
            *(
                f"{_share(row['recall'][label])} / {_share(row['map'][label])}"
                for row in report["readers"].values()
            ),
        )
    return table


def _whole(report: Report) -> Table:
    rows = list(report["readers"].values())
    table = _table("Faces, whatever is read from them, IoU .5", report)
    table.add_row("stages", *(str(row["stages"]) for row in rows))
    table.add_row("confidence of precision and recall", *(_share(row["confidence"]) for row in rows))
    table.add_row("faces found", *(_share(row["found"]["share"]) for row in rows))
    table.add_row("  precision there", *(_share(row["found"]["precision"]) for row in rows))
    table.add_row("  at the score", *(_share(row["found"]["score"]) for row in rows))
    return table


def _confusion(name: str, row: Report) -> Table:
    from mien.evaluation.expressions_figures import BACKGROUND
    from mien.labels import FER7

    names = [*FER7, BACKGROUND]
    table = Table(title=f"{name}: what is there (rows) read as", title_justify="left")
    table.add_column("")
    for label in names:
        table.add_column(label, justify="right")
    for label, counts in zip(names, row["confusion"], strict=True):
        table.add_row(label, *map(str, counts))
    return table


def _sizes(report: Report) -> Table:
    from mien.evaluation.plots_expressions import height

    table = _table("Found (and read right), by height of the face in pixels", report, "faces")
    for slices in zip(*(row["sizes"] for row in report["readers"].values()), strict=True):
        count = slices[0]["faces"]
        cells = (f"{_part(one['found'], count)} ({_part(one['right'], count)})" for one in slices)
        table.add_row(height(slices[0]), *cells, str(count))
    return table


def _time(report: Report) -> Table:
    table = _table("Milliseconds of a 1280x720 frame, median (processor)", report)
    for rows in zip(*(row["time"] for row in report["readers"].values()), strict=True):
        cells = (f"{one['ms']['median']:.2f} ({one['cpu_ms']['median']:.2f})" for one in rows)
        table.add_row(f"{rows[0]['faces']} faces" if rows[0]["faces"] > 1 else "1 face", *cells)
    return table


def _table(title: str, report: Report, *more: str) -> Table:
    return _figures.table(title, "", *report["readers"], *more)


def _part(count: int, whole: int) -> str:
    return _share(count / whole if whole else None)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
