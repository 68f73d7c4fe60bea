"""A CSV table: one row per face and frame."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mien.config import listed
from mien.sinks._lines import Lines
from mien.sinks.base import COLUMNS, Sink, rows
from mien.types import Frame, FrameResult, SourceInfo


class TableCsv(Sink):
    """UTF-8 with a header, the columns of `mien.sinks.base.COLUMNS`, empty where a value is absent.

    ``path`` "-" is standard output. Several sources go into one table. ``columns`` are names of measures
    and expressions beyond the seven, whose numbers follow.
    """

    def __init__(self, path: str | Path, columns: str | Sequence[str] = ()) -> None:
        self._lines = Lines(path)
        self._further = listed(columns)
        self._writer = csv.DictWriter(self._lines, (*COLUMNS, *self._further), lineterminator="\n")
        self._begun = False

    def begin(self, info: SourceInfo) -> None:
        if not self._begun:
            self._writer.writeheader()
            self._begun = True

    def write(self, frame: Frame, result: FrameResult) -> None:
        for row in rows(result, self._further):
            self._writer.writerow({key: _plain(value) for key, value in row.items()})

    def close(self, *, discard: bool = False) -> None:
        self._lines.close(discard=discard)


def _plain(value: Any) -> Any:
    """Booleans as other programs write them."""
    return str(value).lower() if isinstance(value, bool) else value
