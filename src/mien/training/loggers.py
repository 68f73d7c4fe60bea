"""Where the numbers of a training go: always a CSV file; a service beside it where one was named."""

import netrc
import os
from collections.abc import Callable
from pathlib import Path

from lightning.pytorch.loggers import CSVLogger, Logger

from mien.errors import BadOption, UsageError

METRICS = "metrics"
"""The folder of the CSV files: ``version_0/metrics.csv`` of the first run, one more of each resumed one."""


def open_loggers(name: str, out: Path, run: str) -> list[Logger]:
    """The CSV file in ``out``, and the service ``name`` ("wandb", "tensorboard" or none) for the run ``run``.

    Raises `BadOption` for another service and `UsageError` where its package is not installed.
    """
    if name and name not in _SERVICES:
        raise BadOption(f"logger={name} is not known. Valid: {', '.join(_SERVICES)}.")
    chosen: list[Logger] = [CSVLogger(out, name=METRICS)]
    try:
        return chosen + ([_SERVICES[name](out, run)] if name else [])
    except ModuleNotFoundError as error:
        raise UsageError(f"Logging to {name} needs its package: pip install {name}") from error


def _wandb(out: Path, run: str) -> Logger:
    from lightning.pytorch.loggers import WandbLogger

    return WandbLogger(project="mien", name=run, save_dir=out, offline=not _has_wandb_key())


def _tensorboard(out: Path, run: str) -> Logger:
    from lightning.pytorch.loggers import TensorBoardLogger

    return TensorBoardLogger(out, name="tensorboard")


_SERVICES: dict[str, Callable[[Path, str], Logger]] = {"wandb": _wandb, "tensorboard": _tensorboard}


def _has_wandb_key() -> bool:
    """Whether wandb would find a key: without one it would ask for it, and stop where nobody can answer."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        return netrc.netrc().authenticators("api.wandb.ai") is not None
    except (OSError, netrc.NetrcParseError):
        return False  # no such file, or none that wandb could read either
