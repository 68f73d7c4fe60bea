"""The whole way in one call: recipe, training, export."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.training import export, loop, recipe
from mien.training.machine import HERE, Machine

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a recipe: the training's and the export's results."""

    trained: loop.Trained
    exported: export.Exported


def run(
    name: str,
    out: Path | None = None,
    *,
    machine: Machine = HERE,
    log_to: str = "",
    resume: bool = False,
    **schedule: Any,  # typed by `recipe.Schedule`
) -> Run:
    """Train by the recipe ``name`` (or the path of one) into ``out`` (else ``runs/<name>``), export the best.

    ``schedule`` values that are not None win over the recipe's. See `loop.train` and `export.export` for the
    other arguments and for what is raised.
    """
    chosen = recipe.load(name, **schedule)
    folder = out or Path("runs") / chosen.name
    trained = loop.train(chosen, folder, machine=machine, logger=log_to, resume=resume)
    exported = export.export(
        chosen, trained.checkpoint, folder, minutes=trained.minutes, hardware=machine.words()
    )
    logger.info("%s: %.4f right, exported to %s", chosen.name, trained.accuracy, exported.path)
    return Run(trained, exported)
