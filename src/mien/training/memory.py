"""Memory that each step frees and the next one takes again."""

import ctypes
import sys
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Names of settings in glibc's malloc.h."""
_NEVER = -1


class MemoryKept(Callback):
    """Lets each process of a training on a CPU keep the memory that its steps free."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        keep_freed_memory()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """What the validation needed beyond the steps is not kept."""
        give_back_freed_memory()


def keep_freed_memory() -> bool:
    """Let this process keep what it frees; returns whether it can be told to.

    glibc hands blocks over 32 MiB back to the system at once, and gets them back as fresh pages that the
    system clears one by one: with large activations that takes as long as the arithmetic. What is kept is
    the most that was needed at once, and the gaps between its parts.
    """
    mallopt = _of_glibc("mallopt")
    return bool(mallopt and mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, _NEVER))


def give_back_freed_memory() -> None:
    """Hand what this process has kept back to the system, once."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    """The function of the C library; None where that is another one, as musl."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
