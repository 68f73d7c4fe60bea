"""``mien evaluate landmarks``: landmarkers side by side, on given points and on how still they hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.config import AnalyzerOptions

if TYPE_CHECKING:
    from rich.table import Table


def landmarks(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Landmarkers, as NAME or NAME:key=value.")
    ],
    *,
    data: Annotated[
        str, typer.Option(metavar="SET[:PATH]", help="Pictures with points: landmarks68, or where it lies.")
    ] = "landmarks68",
    split: Annotated[str, typer.Option(help="Which part of it.")] = "val",
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="What gives the boxes.")
    ] = AnalyzerOptions().detector,
    video: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Video to measure trembling on; may be repeated."),
    ] = None,
    json_file: Annotated[
        str, typer.Option("--json", metavar="FILE", help="Write the figures here; - is stdout.")
    ] = "",
    plots: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Draw error curves, regions and the worst faces here."),
    ] = None,
) -> None:
    """Score facial points side by side: error by region, failures, time, trembling on video."""
    from rich.console import Console

    from mien.cli import _figures
    from mien.evaluation.landmarks import evaluate

    figures = _figures.Figures(json_file)
    with Console(stderr=True).status("Loading") as status:
        report = evaluate(
            names,
            data,
            split=split,
            detector=detector,
            videos=video or (),
            plots=plots,
            progress=lambda what, done, whole: status.update(f"{what}: {done} of {whole}"),
        )
    figures.show(tables(report))
    if report["missed"]:
        figures.console.print(
            f"{detector} missed {len(report['missed'])} of {report['faces']} faces, counted as failures: "
            + ", ".join(report["missed"]),
            highlight=False,
        )
    figures.save(report)
    if plots is not None:
        typer.echo(f"drew {plots}", err=True)


def tables(report: dict[str, Any]) -> Iterator["Table"]:
    """What people read of a report: errors, then trembling."""
    from mien.cli import _figures

    where = f"{report['data']} {report['split']}, {report['faces']} faces, boxes by {report['detector']}"
    columns = ("error", "95 %", "faces over 10 %", "area to 10 %", "ms a face")
    errors = _figures.table(f"Error in % of inter-ocular distance: {where}", "landmarker", *columns)
    for name, row in report["landmarkers"].items():
        low, high = row["interval"]
        errors.add_row(
            name,
            _percent(row["nme"]),
            f"{_percent(low)} to {_percent(high)}",
            _percent(row["failure_rate"]),
            _number(row["auc"], 3),
            _number(report["ms"].get(name, {}).get("median"), 2),
        )
    yield errors
    yield _by_region(report["landmarkers"])
    title = "Way of a point from frame to frame, in % of inter-ocular distance"
    trembling = _figures.table(title, "seen on", "landmarker", "filter off", "on", "lag", "frames")
    for clip, rows in report["jitter"].items():
        for name, row in rows.items():
            ways = (_percent(row[key]) for key in ("off", "on", "lag"))
            trembling.add_row(clip, name, *ways, str(row["frames"]))
    yield trembling


def _by_region(figures: dict[str, Any]) -> "Table":
    from mien.cli import _figures

    regions = list(next(iter(figures.values()))["regions"])
    table = _figures.table("Error by region, in % of inter-ocular distance", "landmarker", *regions)
    for name, row in figures.items():
        table.add_row(name, *(_percent(row["regions"][region]) for region in regions))
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.2f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
