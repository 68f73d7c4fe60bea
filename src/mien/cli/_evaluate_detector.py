"""``mien evaluate detector``: detectors side by side, on given boxes and on videos."""

from pathlib import Path
from typing import Annotated

import typer

from mien.cli._option import option

WHAT, HOW, OUT = "What is scored", "How", "What comes out"


def detector(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Detectors, as NAME or NAME:key=value.")
    ],
    *,
    data: Annotated[
        str, option("Pictures with boxes: coco:FILE.json or wider:FOLDER, with options.", WHAT, "SET:PATH")
    ] = "",
    empty: Annotated[str, option("Video without a face: what is found is false.", WHAT, "VIDEO")] = "",
    agree: Annotated[str, option("Video on which to compare with the reference.", WHAT, "VIDEO")] = "",
    parts: Annotated[
        str,
        option("Some of ap, recall, stress, time, empty, agree.", WHAT, "LIST", default="all possible"),
    ] = "",
    corruptions: Annotated[
        str, option("Which ones stress has, as rotation,gain.", WHAT, "LIST", default="all")
    ] = "",
    score: Annotated[float, option("A detection counts from this score on.", HOW)] = 0.6,
    iou: Annotated[float, option("Overlap at which a face is found.", HOW)] = 0.4,
    heights: Annotated[
        str, option("Where the bins of face height meet, in pixels.", HOW, "LIST")
    ] = "16,24,48",
    long_side: Annotated[int, option("Long side for all detectors; 0: their own.", HOW, "PIXELS")] = 0,
    frame: Annotated[
        int, option("Add black to smaller pictures up to this, so that none is enlarged.", HOW, "PIXELS")
    ] = 0,
    reference: Annotated[
        str, option("Whose finds stress and agree start from.", HOW, "NAME", default="the first")
    ] = "",
    agree_side: Annotated[int, option("Long side for agree; 0: as the others.", HOW, "PIXELS")] = 0,
    every: Annotated[int, option("Take each N-th frame of the videos.", HOW, "N")] = 1,
    resamples: Annotated[int, option("Draws for the 95 % intervals.", HOW, "N", least=1)] = 1000,
    rounds: Annotated[int, option("Frames that are timed.", HOW, "N")] = 40,
    json_file: Annotated[str, option("Write the figures here; - is stdout.", OUT, "FILE", "--json")] = "",
    plots: Annotated[
        Path | None, option("Draw curves, recall by height and stress here.", OUT, "FOLDER")
    ] = None,
) -> None:
    """Score detectors side by side: precision, recall, false faces, stress, time."""
    from rich.console import Console

    from mien.cli._detector_tables import tables
    from mien.cli._figures import Figures
    from mien.evaluation import detection
    from mien.evaluation import plots as drawing

    settings = detection.Settings(
        data=data,
        empty=empty,
        agree=agree,
        parts=tuple(_words(parts)),
        corruptions=tuple(_words(corruptions)),
        score=score,
        iou=iou,
        heights=_numbers(heights),
        long_side=long_side,
        frame=frame,
        reference=reference,
        agree_side=agree_side,
        every=every,
        resamples=resamples,
        rounds=rounds,
    )
    if not any((data, empty, agree, settings.parts)):
        typer.echo(
            "Only the speed is measured. For more give --data coco:FILE.json or wider:FOLDER.", err=True
        )
    figures = Figures(json_file)
    if plots is not None:
        drawing.prepare(plots)
    with Console(stderr=True).status("Loading") as status:
        report = detection.evaluate(
            names, settings, lambda what, done, whole: status.update(f"{what}: {done} of {whole}")
        )
    figures.show(tables(report))
    figures.save(report)
    if plots is not None:
        from mien.evaluation import plots_detection

        for path in plots_detection.draw(report, plots):
            typer.echo(f"drew {path}", err=True)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str) -> tuple[float, ...]:
    from mien.errors import BadOption

    try:
        return tuple(float(word) for word in _words(text))
    except ValueError:
        raise BadOption(f"--heights {text} is no list of numbers. Give it as 16,24,48.") from None
