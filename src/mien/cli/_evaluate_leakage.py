"""``mien evaluate leakage``: what stands in a data set twice, and in two of its parts."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.errors import SinkError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from mien.evaluation.leakage import Audit


def leakage(
    *,
    data: Annotated[
        str, typer.Option(metavar="SET[:FOLDER]", help="The data set; found under MIEN_DATA, else ./data.")
    ] = "fer2013",
    splits: Annotated[
        str, typer.Option(metavar="LIST", help="Which parts.", show_default="all that can be read")
    ] = "",
    json_file: Annotated[
        str, typer.Option("--json", metavar="FILE", help="Write the counts here; - is stdout.")
    ] = "",
    pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every pair of copies here, as CSV.")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw pairs of near copies here, the least alike first."),
    ] = None,
) -> None:
    """Audit a data set: exact and near copies within and across its parts, labels that disagree, people."""
    from rich.console import Console

    from mien import imageops
    from mien.cli._figures import Figures, check_file
    from mien.evaluation import leakage as audits

    figures = Figures(json_file)
    for option, path in (("--pairs", pairs), ("--sheet", sheet)):
        if path is not None:
            check_file(option, path)
    if sheet is not None and sheet.suffix.lower() not in imageops.PICTURE_SUFFIXES:
        valid = ", ".join(sorted(imageops.PICTURE_SUFFIXES))
        raise UsageError(f"--sheet {sheet} is no picture's name. Valid endings: {valid}")
    with Console(stderr=True).status("Loading") as status:
        found = audits.audit(
            data,
            [word.strip() for word in splits.split(",") if word.strip()],
            lambda what, done, whole: status.update(f"{what}: {done} of {whole}"),
        )
    _show(found, figures.console)
    figures.save(found.as_dict())
    if pairs is not None:
        _write(found, pairs)
    if sheet is not None:
        from mien.evaluation.duplicate_sheet import draw

        sheet.write_bytes(imageops.encode(draw(found.overlaps), sheet.suffix))
        typer.echo(f"drew {sheet}", err=True)


def _show(found: "Audit", console: "Console") -> None:
    from rich.table import Table

    values = found.as_dict()
    table = Table(title=f"{found.dataset}: pictures with a copy", title_justify="left")
    table.add_column("pictures of")
    table.add_column("that stand in")
    people = any(row["people"] is not None for row in values["overlaps"])
    counts = ("exact", "near", "share", "exact, other label", "near, other label")
    for name in (*counts, *(("people",) if people else ())):
        table.add_column(name, justify="right")
    for row in values["overlaps"]:
        table.add_row(
            row["first"],
            "itself" if row["first"] == row["second"] else row["second"],
            f"{row['exact']:,}",
            f"{row['near']:,}",
            "-" if row["share"] is None else f"{row['share'] * 100:.1f} %",
            f"{row['exact_conflicts']:,}",
            f"{row['near_conflicts']:,}",
            *(("-" if row["people"] is None else str(len(row["people"])),) if people else ()),
        )
    console.print(table)
    for name, part in values["parts"].items():
        who = "people not known" if part["people"] is None else f"{part['people']} people"
        console.print(
            f"{name}: {part['pictures']:,} pictures, {part['blank']} of them blank; {who}", highlight=False
        )
    for name, why in values["left_out"].items():
        console.print(f"{name} left out: {why}", highlight=False)


def _write(found: "Audit", path: Path) -> None:
    from mien.evaluation.leakage import PAIR_COLUMNS
    from mien.sinks._atomic import NO_UTF8

    rows = [row for overlap in found.overlaps for row in overlap.rows()]
    try:
        with path.open("w", encoding="utf-8", errors=NO_UTF8, newline="") as lines:
            writer = csv.DictWriter(lines, PAIR_COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise SinkError(f"Cannot write the pairs to '{path}': {error}. Check folder and space.") from error
    typer.echo(f"wrote {len(rows)} pairs to {path}", err=True)
