"""What the drawings of several reports share (extra ``evaluate``)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def prepare(folder: Path) -> None:
    """Make ``folder`` for drawings; to be called before the work whose figures are to be drawn.

    Raises `UsageError` where it cannot be made, and `MissingExtra` without matplotlib.
    """
    figure(1, 1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"No plots can go to '{folder}': {error.strerror}. Give another folder.") from error


def figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple["Figure", "Sequence[Axes]"]:
    """A figure of ``width`` x ``height`` inches with its axes, row by row.

    Drawn by Agg, without pyplot: no window, no state shared with the caller.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("Plots", "evaluate") from None
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    axes = made.subplots(rows, columns, squeeze=False).ravel().tolist()
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25)
    return made, axes
