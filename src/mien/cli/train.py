"""``mien train``: from a recipe to a model that every command can use."""

from pathlib import Path
from typing import Annotated

import typer

from mien.errors import MissingExtra


def train(
    recipe: Annotated[str, typer.Argument(help="The name of a recipe, or the path of a .toml file.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for the results. [default: runs/RECIPE]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last training stopped.")] = False,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Pictures per step, over all processes.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Instead of the recipe's.")] = None,
    decay: Annotated[str | None, typer.Option(help="cosine or plateau.")] = None,
    stop_after: Annotated[
        int | None, typer.Option(min=0, help="Stop after so many epochs without a lower loss; 0: never.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="32-true, bf16-mixed, 16-mixed ...")] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, gpu, mps ...")] = "auto",
    devices: Annotated[
        int, typer.Option(min=0, help="GPUs, or processes on a CPU; 0: every GPU, or one process per core.")
    ] = 0,
    nodes: Annotated[int, typer.Option(min=1, help="Machines that train together.")] = 1,
    logger: Annotated[str, typer.Option(help="wandb or tensorboard, beside the CSV file.")] = "",
) -> None:
    """Train a classifier, a face detector or facial points, and export the best as ONNX with its card.

    Ctrl-C ends early and keeps the best so far.
    """
    try:
        from mien.training import run
        from mien.training.machine import Machine
    except ModuleNotFoundError as error:
        raise MissingExtra("Training", "train") from error
    machine = Machine(accelerator, devices, nodes)
    schedule = {
        "epochs": epochs,
        "batch": batch,
        "learning_rate": learning_rate,
        "decay": decay,
        "stop_after": stop_after,
        "precision": precision,
    }
    done = run.run(recipe, out, machine=machine, log_to=logger, resume=resume, **schedule)
    if done.trained.interrupted:
        typer.echo("Stopped early; the best so far is kept. Go on with --resume.", err=True)
    typer.echo(f"best {done.trained.score:.4f} on {done.card.figures['measured_on']}", err=True)
    typer.echo(f"checkpoint {done.trained.checkpoint}  model {done.path}", err=True)
