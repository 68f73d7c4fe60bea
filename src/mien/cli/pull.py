"""``mien pull``: fetch weights that do not travel in the package."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from mien import weights


def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to fetch, as yunet.")],
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Never connect: only check what is here.")
    ] = False,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Fetch the same file from here.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is here already.")] = False,
) -> None:
    """Fetch weights by name, check their SHA-256, and print where they lie."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        path = weights.pull(
            name,
            offline=offline,
            url=url,
            force=force,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    console.print(f"{name}: {weights.catalogue()[name].rights}", highlight=False)
    typer.echo(path)
