"""Memory that each step frees and the next one takes again, and how much of it there is."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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


@contextmanager
def within_available() -> Iterator[None]:
    """Refuse this process more memory than the system has left now.

    Linux grants more than there is, and kills without a word who then uses it; who is refused can say so.
    Elsewhere this does nothing.
    """
    if sys.platform != "linux":
        yield
        return
    import resource  # Unix alone has it

    limits = resource.getrlimit(resource.RLIMIT_DATA)
    most = _held() + _available()
    if limits[0] == resource.RLIM_INFINITY or most < limits[0]:
        resource.setrlimit(resource.RLIMIT_DATA, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _held() -> int:
    """What the limit counts of this process, in bytes."""
    return _bytes(Path("/proc/self/status"), "VmData")


def _available() -> int:
    """What the system has left, in bytes."""
    return sum(_bytes(Path("/proc/meminfo"), name) for name in ("MemAvailable", "SwapFree"))


def _bytes(table: Path, name: str) -> int:
    rows = (line.split() for line in table.read_text(errors="replace").splitlines())
    return next(int(row[1]) * 1024 for row in rows if row[0] == f"{name}:")


def _of_glibc(name: str) -> Any:
    """The function of the C library; None where that is another one, as musl."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
