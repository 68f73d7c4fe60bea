"""``mien evaluate expressions``: faces and expressions in whole pictures, one stage and two side by side."""

from pathlib import Path
from typing import Annotated

import typer

from mien.cli._option import option

WHAT, HOW, OUT = "What is scored", "How", "What comes out"


def expressions(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="A detector that reads expressions, or DETECTOR+CLASSIFIER."),
    ],
    *,
    data: Annotated[str, option("Pictures with boxes and expressions: coco:FILE.json.", WHAT, "SET:PATH")],
    source: Annotated[
        str, option("Only the pictures that come from this part of the set.", WHAT, "NAME")
    ] = "",
    long_side: Annotated[int, option("Long side for all detectors; 0: their own.", HOW, "PIXELS")] = 0,
    heights: Annotated[
        str, option("Where the slices by face height meet, in pixels.", HOW, "LIST")
    ] = "32,64,128",
    rounds: Annotated[int, option("Frames that are timed; 0: none.", HOW, "N")] = 20,
    json_file: Annotated[str, option("Write the figures here; - is stdout.", OUT, "FILE", "--json")] = "",
    plots: Annotated[Path | None, option("Draw curves, confusion and sizes here.", OUT, "FOLDER")] = None,
) -> None:
    """Score faces and expressions in whole pictures: precision, recall, mAP, confusion, time."""
    from rich.console import Console

    from mien.cli._evaluate_detector import _numbers
    from mien.cli._expression_tables import tables
    from mien.cli._figures import Figures
    from mien.evaluation import expressions
    from mien.evaluation import plots as drawing

    settings = expressions.Settings(data, source, long_side, _numbers(heights), rounds)
    figures = Figures(json_file)
    if plots is not None:
        drawing.prepare(plots)
    with Console(stderr=True).status("Loading") as status:
        report = expressions.evaluate(
            names, settings, lambda what, done, whole: status.update(f"{what}: {done} of {whole}")
        )
    figures.show(tables(report))
    figures.save(report)
    if plots is not None:
        from mien.evaluation import plots_expressions

        for path in plots_expressions.draw(report, plots):
            typer.echo(f"drew {path}", err=True)
