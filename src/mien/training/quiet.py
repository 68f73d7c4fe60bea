"""Warnings and hints of Lightning and of the exporter that mean nothing to whoever trains."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

WARNINGS = (
    ".*does not have many workers.*",  # feeding from memory, helpers would only copy
    ".*number of training batches .* is smaller than the logging interval.*",
    ".*Checkpoint directory .* exists and is not empty.*",  # so that a training can be resumed
    ".*LeafSpec.*",  # their own use of torch
)
LOGGERS = {
    "lightning.pytorch.utilities.rank_zero": logging.WARNING,
    "torch.onnx._internal.exporter._registration": logging.ERROR,
}


def mute() -> None:
    """Ignore them from now on in this process."""
    for message in WARNINGS:
        warnings.filterwarnings("ignore", message=message)
    for name, level in LOGGERS.items():
        logging.getLogger(name).setLevel(level)


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore them within the block."""
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    try:
        with warnings.catch_warnings():
            mute()
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
