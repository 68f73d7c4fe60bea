"""Whether pictures will fit into the memory."""

from pathlib import Path

from mien.errors import SourceError

_MEMINFO = Path("/proc/meminfo")
"""Where Linux says what is free. It grants more than there is, and later ends the process that uses it; other
systems refuse at once (`MemoryError`) or swap."""
_CONTAINER = Path("/sys/fs/cgroup")
"""Where it says what a container may use (control groups, version 2), of which the above knows nothing."""


def check(needed: int, count: int) -> None:
    """Raise `SourceError` where ``needed`` bytes for ``count`` pictures are more than the memory has free."""
    free = min((known for known in (_free(), _left_to_container()) if known is not None), default=None)
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


def _left_to_container() -> int | None:
    """Bytes that a container still may use, files in memory aside: they give way. None without a limit."""
    try:
        limit, used = ((_CONTAINER / f"memory.{name}").read_text("ascii") for name in ("max", "current"))
        lines = (_CONTAINER / "memory.stat").read_text("ascii").splitlines()
        files = sum(
            int(line.split()[1]) for line in lines if line.startswith(("active_file", "inactive_file"))
        )
        return max(int(limit) - int(used) + files, 0)
    except (OSError, ValueError):
        return None  # "max" stands for no limit
