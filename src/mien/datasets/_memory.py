"""Whether pictures will fit into the memory."""

from pathlib import Path

from mien.errors import SourceError

_MEMINFO = Path("/proc/meminfo")
"""Where Linux says what is free. It grants more than there is, and later ends the process that uses it; other
systems refuse at once (`MemoryError`) or swap."""


def check(needed: int, count: int) -> None:
    """Raise `SourceError` where ``needed`` bytes for ``count`` pictures are more than the memory has free."""
    free = _free()
    if free is not None and needed > free:
        taken, left = (f"{size / 2**30:,.1f} GiB" for size in (needed, free))
        raise SourceError(
            f"{count:,} pictures take {taken}, but {left} of memory are free. "
            "Use a smaller side, colour=false, or fewer."
        )


def _free() -> int | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    try:
        lines = _MEMINFO.read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
