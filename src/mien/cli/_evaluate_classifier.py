"""``mien evaluate classifier``: classifiers side by side on the pictures of a data set."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from mien.cli._option import option

WHAT, HOW, OUT = "What is scored", "How", "What comes out"


def classifier(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Classifiers, or paths of .onnx files.")
    ],
    *,
    data: Annotated[
        str, option("The data set; found under MIEN_DATA, else ./data.", WHAT, "SET[:FOLDER]")
    ] = "fer2013",
    split: Annotated[str, option("Which part of it.", WHAT, "PART")] = "PublicTest",
    groups: Annotated[
        Path | None,
        option("CSV with a column row: accuracy by each value of its other columns.", WHAT, "FILE"),
    ] = None,
    by: Annotated[str, option("Some columns of --groups.", WHAT, "LIST", default="all")] = "",
    tta: Annotated[
        str, option("Average several views of each picture: none, flip or ten-crop.", HOW, "VIEW")
    ] = "none",
    audit: Annotated[
        bool,
        typer.Option("--audit/--no-audit", help="Seek copies in what was learned from.", rich_help_panel=HOW),
    ] = True,
    against: Annotated[
        str, option("Parts in which to seek copies.", HOW, "LIST", default="what the cards name")
    ] = "",
    resamples: Annotated[int, option("Draws for the 95 % intervals; 0: none.", HOW, "N", least=0)] = 1000,
    time: Annotated[
        bool, typer.Option("--time/--no-time", help="Measure the time for a face.", rich_help_panel=HOW)
    ] = True,
    json_file: Annotated[str, option("Write the figures here; - is stdout.", OUT, "FILE", "--json")] = "",
    plots: Annotated[
        Path | None, option("Draw confusion, reliability, ROC and labels here.", OUT, "FOLDER")
    ] = None,
    report: Annotated[Path | None, option("Write one page with everything here.", OUT, "FILE")] = None,
) -> None:
    """Score classifiers side by side: accuracy, figures by label, calibration, confusion, leakage, time."""
    from rich.console import Console

    from mien.cli._classifier_tables import tables
    from mien.cli._figures import Figures
    from mien.evaluation.classifier import Settings, evaluate

    settings = Settings(
        data=data,
        split=split,
        view=tta,
        resamples=resamples,
        groups=groups,
        by=tuple(_words(by)),
        audit=audit,
        against=tuple(_words(against)),
        time=time,
    )
    figures = Figures(json_file)
    _check(plots, report)
    with Console(stderr=True).status("Loading") as status:
        found = evaluate(
            names, settings, lambda what, done, whole: status.update(f"{what}: {done} of {whole}")
        )
    figures.show(tables(found))
    figures.save(found)
    _draw(found, plots, report)


def _check(plots: Path | None, report: Path | None) -> None:
    """Refuse what cannot be drawn or written before the work, and not after."""
    if plots is not None:
        from mien.evaluation.plots import prepare

        prepare(plots)
    if report is not None:
        from mien.cli._figures import check_file

        import_module("mien.evaluation.classifier_report")  # says so where Plotly is missing
        check_file("--report", report)


def _draw(found: dict[str, Any], plots: Path | None, report: Path | None) -> None:
    if plots is not None:
        from mien.evaluation import plots_classifier

        for path in plots_classifier.draw(found, plots):
            typer.echo(f"drew {path}", err=True)
    if report is not None:
        from mien.evaluation import classifier_report

        classifier_report.write(found, report)
        typer.echo(f"wrote {report}", err=True)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
