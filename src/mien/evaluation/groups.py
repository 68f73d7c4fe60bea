"""Slices of a data set by what a table says of its rows."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mien.datasets.base import Samples
from mien.errors import BadOption, SourceError
from mien.evaluation.intervals import wilson

LARGEST = 50
"""A column with more different values is refused: its slices would say nothing."""
UNKNOWN = "(not given)"
Columns = Mapping[str, Mapping[int, str]]


def read(path: Path, wanted: Sequence[str] = ()) -> dict[str, dict[int, str]]:
    """Column to row to value, from a CSV file whose column ``row`` names the rows of the data set.

    ``wanted`` are the columns to take; empty: all. Raises `SourceError` for a file that cannot be read so and
    `BadOption` for a column that is absent, or has more than `LARGEST` different values.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            # Spaces after commas are no part of what is said.
            table.fieldnames = names = [name.strip() for name in table.fieldnames or ()]
            rows = [(table.line_num, row) for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"Cannot read the groups in '{path}': {error}.") from error
    _check(names, wanted, path)
    for line, row in rows:
        if None in row:
            raise SourceError(f"'{path}' line {line} has more fields than the {len(names)} columns.")
    numbers = [_number(row["row"], line, path) for line, row in rows]
    _check_once(numbers, path)
    found = {
        name: {number: _value(row[name]) for number, (_, row) in zip(numbers, rows, strict=True)}
        for name in (wanted or _named(names))
    }
    for name, values in found.items():
        different = len(set(values.values()))
        if different > LARGEST:
            raise BadOption(
                f"Column '{name}' of '{path}' has {different} different values, over {LARGEST}. "
                "Name the other columns with --by, or put its values in fewer groups."
            )
    return found


def check_named(columns: Columns, rows: npt.NDArray[np.int64], path: Path) -> None:
    """Raise `BadOption` where the table at ``path`` names none of the samples' ``rows`` (N,)."""
    named = {row for values in columns.values() for row in values}
    if len(rows) and named.isdisjoint(rows.tolist()):
        raise BadOption(
            f"'{path}' names none of the {len(rows)} pictures that are scored: their rows are "
            f"{rows.min()} to {rows.max()}, counted from 0 as in the data set's published file."
        )


def slices(
    columns: Columns, rows: npt.NDArray[np.int64], right: npt.NDArray[np.bool_]
) -> dict[str, dict[str, dict[str, object]]]:
    """Column to value to ``samples``, ``accuracy`` and its 95 % ``interval`` (Wilson).

    ``rows`` (N,) are the samples' rows, ``right`` (N,) whether each was read rightly; rows that the table
    does not have stand under `UNKNOWN`.
    """
    found = {}
    for name, values in columns.items():
        given = [values.get(row, UNKNOWN) for row in rows.tolist()]
        places = {value: place for place, value in enumerate(sorted(set(given)))}
        # Compared by their place: NumPy takes words that end with NUL for others.
        where = np.array([places[value] for value in given], np.int64)
        found[name] = {value: _slice(right[where == place]) for value, place in places.items()}
    return found


def own(samples: Samples) -> dict[str, dict[int, str]]:
    """The groups that the data set itself states (gender, view ...), with no more than `LARGEST` values."""
    rows = samples.rows.tolist()
    return {
        name: {row: value or UNKNOWN for row, value in zip(rows, values.tolist(), strict=True)}
        for name, values in samples.groups.items()
        if len(set(values.tolist())) <= LARGEST
    }


def _slice(right: npt.NDArray[np.bool_]) -> dict[str, object]:
    hits, count = int(right.sum()), len(right)
    return {"samples": count, "accuracy": hits / count, "interval": wilson(hits, count)}


def _named(names: Sequence[str]) -> list[str]:
    """The columns that say something: programs also write some without a name."""
    return [name for name in names if name not in ("", "row")]


def _value(text: str | None) -> str:
    return (text or "").strip() or UNKNOWN


def _check(names: Sequence[str], wanted: Sequence[str], path: Path) -> None:
    twice = next((name for name, count in Counter(names).items() if name and count > 1), None)
    if twice is not None:
        raise SourceError(f"'{path}' has two columns '{twice}'. Name them differently.")
    missing = [name for name in ("row", *wanted) if name not in names]
    if missing:
        raise BadOption(
            f"'{path}' has no column '{missing[0]}'. It has: {', '.join(names) or 'none'}. "
            "One called row, the picture's place in the data set counted from 0, is needed."
        )
    if not _named(names):
        raise BadOption(f"'{path}' has no column beside row. Say in others what the rows are.")


def _check_once(numbers: Sequence[int], path: Path) -> None:
    """Refuse a row that is named twice: it would count by what is said last."""
    twice = next((number for number, count in Counter(numbers).items() if count > 1), None)
    if twice is not None:
        raise SourceError(
            f"'{path}' names row {twice} more than once. Say all that is known of a row in one line."
        )


def _number(text: str | None, line: int, path: Path) -> int:
    try:
        return int(text or "")
    except ValueError:
        raise SourceError(
            f"'{path}' line {line}: row '{text}' is no whole number. Count the data set's rows from 0."
        ) from None
