"""``mien data``: the data sets that can be read, and whether one is what its makers published."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from mien.cli import _options as opt

app = typer.Typer(no_args_is_help=True, help="The data sets that can be read, and what is wrong with one.")


@app.callback()
def _group() -> None:
    """The data sets that can be read, and what is wrong with one."""


@app.command("list")
def list_sets(*, as_json: opt.AsJson = False) -> None:
    """List the data sets that can be read: what they hold, where they are expected, whose they are."""
    found = list(entries())
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show_sets(found)


@app.command("check")
def check_set(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The data set, with options as NAME:key=value.")
    ],
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Its folder.", show_default="in MIEN_DATA, else ./data")
    ] = "",
    *,
    as_json: opt.AsJson = False,
) -> None:
    """Count the pictures of a data set beside the published numbers, and name every fault.

    The exit code is 1 where the set cannot be used as it is.
    """
    from rich.console import Console

    from mien.datasets import _check

    with Console(stderr=True).status(f"Reading {name}") as status:
        found = _check.check(name, path, lambda split: status.update(f"Reading {name}, {split}"))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        _show_check(found)
    if not found.usable:
        raise typer.Exit(1)


def entries() -> Iterator[dict[str, Any]]:
    """Each data set: what it holds, its labels and parts, its folder and whether that is there, rights."""
    from mien import registry

    for name in registry.names("datasets"):
        data = registry.load("datasets", name)
        yield {
            "name": name,
            "title": data.title,
            "description": " ".join((type(data).__doc__ or "").partition("\n\n")[0].split()),
            "labels": list(data.labels),
            "parts": list(data.splits),
            "pictures": sum(data.totals.values()) or None,
            "folder": str(data.root),
            "there": bool(data.folders) and data.root.is_dir(),
            "layout": data.layout,
            "rights": data.rights,
        }


def _show_sets(found: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    for entry in found:
        console.print(Text.assemble((entry["name"], "bold cyan"), "  (there)" if entry["there"] else ""))
        for line in (
            entry["description"],
            f"parts: {', '.join(entry['parts'])}",
            f"files: {entry['layout']}",
            f"rights: {entry['rights']}",
        ):
            console.print(Padding(Text(line), (0, 0, 0, 2)))


def _show_check(found: Any) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    there = [part for part in found.parts if not part.problem]
    if there:
        console.print(Text(f"{found.title} in {found.folder}: found / published"), soft_wrap=True)
        table = Table(box=None)
        table.add_column("")
        for part in there:
            table.add_column(part.name, justify="right")
        for label in found.labels:
            table.add_row(label, *(_pair(part.counts[label], part.published[label]) for part in there))
        table.add_row("all", *(_pair(part.total, part.published_total) for part in there), style="bold")
        if any(part.leaked for part in there):
            table.add_row("leaked", *(f"{part.leaked:,}" for part in there))
        console.print(table)
    for name, numbers in found.tallies.items():
        console.print(Text(f"{name}: {_pair(*numbers)}"))
    for line in _lines(found):
        console.print(Text(line), soft_wrap=True)  # file names stay whole


def _pair(found: int, published: int | None) -> str:
    stated = "-" if published is None else f"{published:,}"
    return f"{found:,} / {stated}" + ("" if published in (None, found) else " *")


def _lines(found: Any) -> Iterator[str]:
    """What is wrong, part by part, and whether the set can be used."""
    problems: dict[str, list[str]] = {}
    for part in found.parts:
        if part.problem:
            problems.setdefault(part.problem, []).append(part.name)
    for problem, names in problems.items():
        yield f"{', '.join(names)} could not be read: {problem}"
    for part in found.parts:
        for kind, what in part.kinds().items():
            yield f"{part.name}: {what['count']} x {kind}" + (" (serious)" if what["serious"] else "")
            yield from (f"    {example}" for example in what["examples"])
            if what["count"] > len(what["examples"]):
                yield f"    and {what['count'] - len(what['examples'])} more"
    if found.usable:
        yield f"{found.title} can be used."
    elif any(part.total for part in found.parts) and not any(part.broken for part in found.parts):
        yield f"{found.title} cannot be used as it is; the option skip_faults=true goes without the faults."
    else:
        yield f"{found.title} cannot be used."
