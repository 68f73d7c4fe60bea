"""One recipe trained several times, by seeds that follow each other: how much of a result is luck."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mien.training import recipe, run
from mien.training.callbacks import LAST
from mien.training.run import Run


def each_seed(
    name: str,
    count: int,
    out: Path | None = None,
    first: int | None = None,
    *,
    resume: bool = False,
    **options: Any,
) -> Iterator[Run]:
    """Train by the recipe ``name`` ``count`` times, from the seed ``first`` (None: the recipe's) on.

    Each result goes into ``seed_<number>`` below ``out`` (else ``runs/<name>``) and is handed out when it is
    done; a training that was interrupted is the last. With ``resume`` those that were begun go on, the others
    begin. ``options`` and what is raised are those of `run.run`.
    """
    _, chosen = run.load(name)
    begin = chosen.seed if first is None else first
    recipe.check_seed(begin + count - 1)  # before the first has taken its hours
    folder = out or Path("runs") / chosen.name
    for seed in range(begin, begin + count):
        own = folder / f"seed_{seed}"
        # Of the first something is expected: where nothing was begun, nothing can be resumed.
        begun = resume and (seed == begin or (own / LAST).is_file())
        done = run.run(name, own, seed=seed, resume=begun, **options)
        yield done
        if done.trained.interrupted:
            return
