"""``mien leaderboard``: every classifier at hand, scored on the same pictures."""

from pathlib import Path
from typing import Annotated

import typer


def leaderboard(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Some classifiers.", show_default="all")
    ] = None,
    *,
    data: Annotated[
        str, typer.Option(metavar="SET[:FOLDER]", help="The data set; found under MIEN_DATA, else ./data.")
    ] = "fer2013",
    split: Annotated[str, typer.Option(metavar="PART", help="Which part of it.")] = "PublicTest",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Renew the tables in this Markdown page.")
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit/--no-audit", help="Seek copies in what was learned from.")
    ] = True,
    resamples: Annotated[int, typer.Option(min=0, metavar="N", help="Draws for the 95 % intervals.")] = 1000,
    json_file: Annotated[
        str, typer.Option("--json", metavar="FILE", help="Write the figures here; - is stdout.")
    ] = "",
) -> None:
    """Score every classifier and write the leaderboard: to the page --out, or on the screen."""
    from rich.console import Console

    from mien.cli._figures import Figures, check_file
    from mien.evaluation import leaderboard_page
    from mien.evaluation.classifier import Settings
    from mien.evaluation.leaderboard import measure

    settings = Settings(data=data, split=split, audit=audit, resamples=resamples)
    figures = Figures(json_file)
    if out is not None:
        leaderboard_page.prepare(out)  # a page that cannot take it is refused before the work
        check_file("--out", out)
    with Console(stderr=True).status("Loading") as status:
        board = measure(
            settings, names or (), lambda what, done, whole: status.update(f"{what}: {done} of {whole}")
        )
    figures.save(board)
    if out is not None:
        leaderboard_page.write(board, out)
        typer.echo(f"wrote {out}", err=True)
    elif not figures.machine_reads:
        typer.echo(leaderboard_page.markdown(board))
