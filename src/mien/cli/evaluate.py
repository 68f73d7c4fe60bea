"""``mien evaluate``: how good a model is, scored on the file that is shipped."""

import typer

from mien.cli._evaluate_classifier import classifier
from mien.cli._evaluate_detector import detector
from mien.cli._evaluate_expressions import expressions
from mien.cli._evaluate_landmarks import landmarks
from mien.cli._evaluate_leakage import leakage
from mien.cli._evaluate_pipeline import pipeline

app = typer.Typer(no_args_is_help=True, help="How good a model is.")
app.command()(classifier)
app.command()(detector)
app.command()(expressions)
app.command()(landmarks)
app.command()(pipeline)
app.command()(leakage)


@app.callback()
def _group() -> None:
    """How good a model is, scored on the file that is shipped."""
