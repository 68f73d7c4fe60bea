"""Many sources in one run: jobs, outputs, what is done already, a record beside each run, a summary."""

from mien.batch.jobs import Job, expand
from mien.batch.outputs import FORMATS, STDOUT, Outputs
from mien.batch.runner import BatchSummary, Outcome, Span, Watcher, known_options, run

__all__ = [
    "FORMATS",
    "STDOUT",
    "BatchSummary",
    "Job",
    "Outcome",
    "Outputs",
    "Span",
    "Watcher",
    "expand",
    "known_options",
    "run",
]
