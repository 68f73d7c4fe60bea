"""``mien train``: from a recipe, or a model and new pictures, to a model that every command can use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.errors import BadOption, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mien.training.finetune import Compared
    from mien.training.run import Run


def train(
    recipe: Annotated[
        str, typer.Argument(help="The name of a recipe, or the path of a .toml file.", show_default=False)
    ] = "",
    *,
    base: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="MODEL",
            help="Start from this model: a name, an .onnx or .ckpt file, or the folder of a training; "
            "with a detector's or landmarker's recipe, a .ckpt file.",
        ),
    ] = "",
    data: Annotated[
        str,
        typer.Option(
            metavar="NAME[:FOLDER]", help="With --from: the data set to learn from, as folder:my_pictures."
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results.", show_default="runs/RECIPE")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last training stopped.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Train so often, by seeds that follow each other: OUT/seed_1 ...")
    ] = 1,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Pictures per step, over all processes.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adamw, adam or sgd.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Instead of the recipe's.")] = None,
    decay: Annotated[str | None, typer.Option(help="cosine, plateau or none.")] = None,
    stop_after: Annotated[
        int | None, typer.Option(min=0, help="Stop after so many epochs without a lower loss; 0: never.")
    ] = None,
    save_every_improvement: Annotated[
        bool | None,
        typer.Option(
            "--save-every-improvement/--save-best",
            help="Keep the checkpoint of each epoch that was better than all before, or only the best.",
        ),
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
        from mien.training import finetune, run
        from mien.training import seeds as seeds_of
        from mien.training.machine import Machine
    except ModuleNotFoundError as error:
        raise MissingExtra("Training", "train") from error
    machine = Machine(accelerator, devices, nodes)
    schedule = {
        "epochs": epochs,
        "batch": batch,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "decay": decay,
        "stop_after": stop_after,
        "save_every_improvement": save_every_improvement,
        "precision": precision,
    }
    if base and (data or not recipe or run.task_of(recipe) == run.DEFAULT):
        if seed is not None or seeds > 1:
            raise BadOption("Fine-tuning takes its recipe's seed: leave --seed and --seeds out.")
        tuned = finetune.finetune(
            base, data, recipe, out, machine=machine, log_to=logger, resume=resume, **schedule
        )
        _say(tuned.run)
        _show(tuned.compared)
        return
    if data or not recipe:
        raise BadOption(
            "--data goes with --from; a recipe names its own data."
            if data
            else "Name a recipe, or a model to start from with --from."
        )
    start = Path(base) if base else None
    given: dict[str, Any] = {
        "start": start,
        "machine": machine,
        "log_to": logger,
        "resume": resume,
        **schedule,
    }
    if seeds == 1:
        _say(run.run(recipe, out, seed=seed, **given))
    else:
        _say_all(seeds_of.each_seed(recipe, seeds, out, seed, **given))


def _say(done: "Run") -> None:
    if done.trained.interrupted:
        typer.echo("Stopped early; the best so far is kept. Go on with --resume.", err=True)
    typer.echo(f"best {done.trained.score:.4f} on {done.card.figures['measured_on']}", err=True)
    for line in _beside_paper(done):
        typer.echo(line, err=True)
    typer.echo(f"checkpoint {done.trained.checkpoint}  model {done.path}", err=True)


def _beside_paper(done: "Run") -> "Iterable[str]":
    from mien.training import papers

    found = papers.read(done.path.parent)
    return papers.text(found) if found else ()


def _say_all(every: "Iterable[Run]") -> None:
    from mien.training import papers

    folders = []
    for done in every:
        _say(done)
        folders.append(done.path.parent)
    found = [each for folder in folders if (each := papers.read(folder))]
    for line in papers.summary(found) if found else ():
        typer.echo(line, err=True)


def _show(rows: "tuple[Compared, ...]") -> None:
    """Before and after, on stderr."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "pictures", "accuracy before", "after", "macro F1 before", "after", box=None)
    for row in rows:
        shares = (f"{100 * share:.1f} %" for share in (*row.accuracy, *row.macro_f1))
        table.add_row(row.part, str(row.pictures), *shares)
    Console(stderr=True, markup=False, emoji=False).print(table)  # folders' names stay as they are
