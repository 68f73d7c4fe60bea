"""The closing lines of a run, on stderr: what was found, what was written, what went wrong."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mien import palette
from mien.batch import STDOUT, BatchSummary, Outcome, Outputs
from mien.batch.provenance import SourceRecord
from mien.batch.table import rows
from mien.labels import FER7
from mien.summary import UNSURE


def say(summary: BatchSummary, outputs: Outputs, console: Console) -> None:
    """The summary (a table where there are several sources), then files, then troubles."""
    records = [outcome.record for outcome in summary.outcomes]
    if len(records) == 1:
        _say_one(summary.outcomes[0], console)
    else:
        console.print(_table(records))
        skipped = sum(outcome.skipped for outcome in summary.outcomes)
        if skipped:
            _say(console, f"{skipped} done already and skipped; --force does them again.")
    _say_written(records, outputs, console)
    _say_troubles(summary, console)


def _say_written(records: Sequence[SourceRecord], outputs: Outputs, console: Console) -> None:
    files = [path for path in outputs.files.values() if path != STDOUT and Path(path).exists()]
    if all(record.state == "failed" for record in records):
        files = []
    folder = [str(outputs.folder)] if outputs.folder is not None else []
    if files or folder:
        _say(console, f"Wrote {', '.join(files + folder)}")


def _say(console: Console, text: str, style: str = "") -> None:
    """One line, never wrapped or marked up: paths must stay whole."""
    console.print(Text(text, style=style), soft_wrap=True)


def _say_one(outcome: Outcome, console: Console) -> None:
    record = outcome.record
    if record.state == "failed":
        return
    if outcome.skipped:
        _say(console, f"{record.target} was done already with the same options; --force does it again.")
    rate = f" ({record.frames / record.seconds:.1f} frames/s)" if record.frames > 1 and record.seconds else ""
    frames = "1 frame" if record.frames == 1 else f"{record.frames} frames"
    dropped = f", {record.dropped} dropped" if record.dropped else ""
    line = f"{record.target}: {frames} in {record.seconds:.1f} s{rate}{dropped}"
    if record.frames == 0:
        _say(console, f"{line}. Nothing was read: is --start before the end of the source?")
        return
    _say(console, f"{line}, {(1 - record.without_face) * 100:.0f} % of the time with a face")
    if record.unread:
        _say(console, f"  {record.unread * 100:.0f} % of the faces were too poor to be read")
    for person, shares in record.people.items():
        ordered = sorted(shares.items(), key=lambda item: -item[1])
        listed = ", ".join(f"{label} {share * 100:.0f} %" for label, share in ordered)
        _say(console, f"  {'all' if person == 'all' else '#' + person}: {listed}")


def _say_troubles(summary: BatchSummary, console: Console) -> None:
    for outcome in summary.troubles:
        record = outcome.record
        word = "Error" if record.state == "failed" else "Partial"
        if len(summary.outcomes) > 1 or record.state == "partial":
            word = f"{word}: {record.target}"
        kept = " What came before is kept." if record.state == "partial" else ""
        _say(console, f"{word}: {record.reason}{kept}", "red")
        for name, reason in record.failures:
            _say(console, f"  {name}: {reason}", "red")
    if summary.stopped:
        _say(console, "Stopped before the last source.", "red")


def _table(records: Sequence[SourceRecord]) -> Table:
    found = [label for record in records for shares in record.people.values() for label in shares]
    labels = tuple(dict.fromkeys((*FER7, *(label for label in found if label != UNSURE), UNSURE)))
    table = Table(box=None, pad_edge=False, header_style="bold", caption="shares of the time in percent")
    table.add_column("source", overflow="ellipsis", no_wrap=True, min_width=10)
    for column in ("person", "no face"):
        table.add_column(column, justify="right", no_wrap=True)
    for label in labels:
        table.add_column(Text(label, style=palette.colour(label)), justify="right", no_wrap=True)
    for record in records:
        for row in rows([record]):
            shares = [f"{row[label] * 100:.0f}" if row.get(label) else "" for label in labels]
            person = row["person"] or ("failed" if record.state == "failed" else "none")
            table.add_row(Text(record.name), person, f"{record.without_face * 100:.0f}", *shares)
    return table
