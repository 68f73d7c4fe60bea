"""One recipe trained several times, by seeds that follow each other: how much of a result is luck."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mien.training import run
from mien.training.run import Run


def each_seed(
    name: str, count: int, out: Path | None = None, first: int | None = None, **options: Any
) -> Iterator[Run]:
    """Train by the recipe ``name`` ``count`` times, from the seed ``first`` (None: the recipe's) on.

    Each result goes into ``seed_<number>`` below ``out`` (else ``runs/<name>``) and is handed out when it is
    done; a training that was interrupted is the last. ``options`` and what is raised are those of `run.run`.
    """
    _, recipe = run.load(name)
    begin = recipe.seed if first is None else first
    folder = out or Path("runs") / recipe.name
    for seed in range(begin, begin + count):
        done = run.run(name, folder / f"seed_{seed}", seed=seed, **options)
        yield done
        if done.trained.interrupted:
            return
