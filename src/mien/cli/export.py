"""``mien export``: a checkpoint as a model that every command can use, or a model in a leaner form."""

from pathlib import Path
from typing import Annotated

import typer

from mien.artifact import Artifact
from mien.errors import MissingExtra


def export(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A recipe (with --checkpoint), a training's folder or .ckpt file, or an exported model.",
        ),
    ],
    *,
    checkpoint: Annotated[Path | None, typer.Option(help="The weights, a .ckpt file.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results.", show_default="the training's, else runs/NAME"),
    ] = None,
    half: Annotated[
        bool | None,
        typer.Option(
            "--half/--no-half",
            show_default=False,
            help="Store weights in half precision; if not given, those over 1 MB that lose nothing by it.",
        ),
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Add NAME.int8, which computes in int8.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Keep the int8 even if it is slower on this machine.")
    ] = False,
) -> None:
    """Write a model as ONNX with its card; print the files, and what the leaner forms cost and gain."""
    try:
        from mien.training.release import Wishes, release
    except ModuleNotFoundError as error:
        raise MissingExtra("Exporting", "train") from error
    for made in release(name, checkpoint, out, Wishes(half, int8, force)):
        typer.echo(_said(made), err=True)
        typer.echo(made.path)


def _said(made: Artifact) -> str:
    figures = made.card.figures
    words = [f"{made.card.name}: {made.path.stat().st_size:,} bytes"]
    if "accuracy" in figures:
        words.append(f"accuracy {figures['accuracy']:.4f} on {figures['measured_on']}")
    for form, changes in ((form, figures[form]) for form in ("half", "int8") if form in figures):
        words.append(f"{form} changed {1 - changes['same_answer']:.2%} of the answers")
        words.append(f"accuracy before {changes['accuracy_before']:.4f}")
        if "ms_before" in changes:
            words.append(f"{changes['ms_before']:.2f} -> {changes['ms_after']:.2f} ms a face")
    if "difference_from_training" in figures:
        words.append(f"largest difference from training {figures['difference_from_training']:.2g}")
    return ", ".join(words)
