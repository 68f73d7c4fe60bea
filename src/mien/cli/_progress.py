"""How far a run is: one bar with the time left over the whole batch."""

from collections.abc import Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from mien.batch import Job, Outcome, Watcher
from mien.types import SourceInfo


class Bar(Watcher):
    """One bar over all jobs, each weighed by the bytes of its file. A context manager."""

    def __init__(self, jobs: Sequence[Job], console: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._weights = {job.name: job.weight for job in jobs}
        self._count = len(jobs)
        self._number = 0
        self._done = 0.0
        self._weight = 0.0
        self._span = 0.0
        self._start = 0.0
        self._task = self.progress.add_task("", total=None, detail="")

    def __enter__(self) -> "Bar":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def started(self, job: Job) -> None:
        self._number += 1
        self._weight = self._weights[job.name]
        self._span = 0.0
        place = f"{self._number}/{self._count} " if self._count > 1 else ""
        self.progress.update(self._task, description=place + job.name, detail="")

    def opened(self, info: SourceInfo) -> None:
        end = info.end if info.end is not None else info.duration
        self._start = info.start
        self._span = max(min(end, info.duration or end) - info.start, 0.0) if end else 0.0
        known = self._span > 0 or self._count > 1
        self.progress.update(self._task, total=sum(self._weights.values()) if known else None)

    def advanced(self, frames: int, seconds: float) -> None:
        share = min((seconds - self._start) / self._span, 1.0) if self._span else 0.0
        completed = self._done + self._weight * share
        self.progress.update(self._task, completed=completed, detail=f"{frames} frames")

    def ended(self, outcome: Outcome) -> None:
        self._done += self._weight
        self.progress.update(self._task, completed=self._done)
