"""What a measurement was made on: the machine, and the memory of this process."""

import importlib
import os
import platform
from pathlib import Path
from typing import Any

from mien.errors import UsageError

STATM = Path("/proc/self/statm")
"""Where Linux tells what memory this process holds, in pages."""


def facts() -> dict[str, Any]:
    """The machine, as plain values: processor, cores that may be used, system, Python."""
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def cpu() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def resident_mib() -> float:
    """Memory that this process holds, in MiB; `UsageError` where that needs psutil and it is absent."""
    try:
        pages = int(STATM.read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        pass  # not Linux
    try:
        psutil = importlib.import_module("psutil")
    except ImportError:
        raise UsageError(
            "Reading memory on this system needs psutil. Install it: pip install psutil"
        ) from None
    return float(psutil.Process().memory_info().rss / 2**20)
