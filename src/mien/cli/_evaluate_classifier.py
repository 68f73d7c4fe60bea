"""``mien evaluate classifier``: how well a classifier reads the pictures of a data set."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from mien.evaluation.classifier import Score


def classifier(
    name: Annotated[str, typer.Argument(help="A classifier's name, or the path of an .onnx file.")],
    data: Annotated[str, typer.Option(help="The data set; found under MIEN_DATA, else ./data.")] = "fer2013",
    split: Annotated[str, typer.Option(help="Which part of it.")] = "PublicTest",
    json_file: Annotated[str, typer.Option("--json", help="Write the figures here; - is stdout.")] = "",
) -> None:
    """Score a classifier on one part of a data set: accuracy, per-class figures, calibration, confusion."""
    from rich.console import Console

    from mien.evaluation.classifier import evaluate

    # Results for people go to stdout, unless the machine's JSON does.
    console = Console(stderr=json_file == "-")
    with Console(stderr=True).status(f"Scoring {name} on {data} {split}"):
        score = evaluate(name, data, split)
    _show(score, console)
    if json_file:
        text = json.dumps(score.as_dict(), indent=2) + "\n"
        sys.stdout.write(text) if json_file == "-" else Path(json_file).write_text(text, "utf-8")


def _show(score: "Score", console: "Console") -> None:
    from rich.table import Table

    table = Table(title=f"{score.classifier} on {score.dataset} {score.split}, {score.samples} pictures")
    table.add_column("label")
    for column in ("precision", "recall", "F1", "samples"):
        table.add_column(column, justify="right")
    for row in zip(score.labels, score.precision, score.recall, score.f1, score.support, strict=True):
        table.add_row(row[0], *(f"{value:.3f}" for value in row[1:4]), str(row[4]))
    console.print(table)
    console.print(
        f"accuracy {score.accuracy:.4f}  top-2 {score.top2:.4f}  macro F1 {score.macro_f1:.4f}  "
        f"balanced {score.balanced_accuracy:.4f}\nlog loss {score.log_loss:.4f}  Brier {score.brier:.4f}  "
        f"calibration error {score.calibration_error:.4f}  unsure {score.unsure:.3f}",
        highlight=False,
    )
    if score.without_leaked:
        clean = score.without_leaked
        console.print(
            f"without pictures that stand in training too: accuracy {clean['accuracy']:.4f} "
            f"({clean['samples']} pictures)",
            highlight=False,
        )
