"""A Parquet table: one row per face and frame, typed."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from mien.config import listed
from mien.errors import MissingExtra
from mien.sinks._atomic import NO_UTF8, AtomicFile, writing
from mien.sinks.base import COLUMNS, Sink, rows
from mien.types import Frame, FrameResult, SourceInfo

try:
    import pyarrow
    from pyarrow import parquet
except ImportError as error:
    raise MissingExtra("Writing Parquet tables", "parquet") from error

_TYPES = {
    "source": pyarrow.string(),
    "frame": pyarrow.int64(),
    "track_id": pyarrow.int64(),
    "label": pyarrow.string(),
    "unsure": pyarrow.bool_(),
}
"""All other columns are numbers of double precision: the values are those of the CSV, to the last digit."""


def schema(further: Sequence[str] = ()) -> Any:
    """The table's columns and their types."""
    return pyarrow.schema([(name, _TYPES.get(name, pyarrow.float64())) for name in (*COLUMNS, *further)])


class TableParquet(Sink):
    """The columns of `mien.sinks.base.COLUMNS`, null where a value is absent. Several sources share a table.

    ``columns`` are names of measures and expressions beyond the seven, whose numbers follow. ``group`` rows
    are held in memory before they are written together.
    """

    def __init__(self, path: str | Path, columns: str | Sequence[str] = (), group: int = 20_000) -> None:
        self._file = AtomicFile(path)
        self._further = listed(columns)
        self._schema = schema(self._further)
        self._group = max(group, 1)
        self._rows: list[dict[str, Any]] = []
        self._stream: IO[bytes] | None = None
        self._writer: Any = None

    def begin(self, info: SourceInfo) -> None:
        if self._writer is None:
            self._stream = self._file.open()
            self._writer = parquet.ParquetWriter(
                self._stream, self._schema, compression="zstd", use_dictionary=["source", "label"]
            )

    def write(self, frame: Frame, result: FrameResult) -> None:
        source = result.source.encode("utf-8", NO_UTF8).decode("utf-8")
        self._rows.extend({**row, "source": source} for row in rows(result, self._further))
        if len(self._rows) >= self._group:
            self._flush()

    def close(self, *, discard: bool = False) -> None:
        if self._writer is None:
            return
        try:
            if not discard:
                self._flush()
                with writing(self._file.path):
                    self._end()
                self._file.commit()
        finally:
            with contextlib.suppress(OSError):  # the footer may not fit on the disk; the file goes anyway
                self._end()
            self._writer = None
            self._file.discard()

    def _flush(self) -> None:
        if self._rows:
            with writing(self._file.path):
                self._writer.write_table(pyarrow.Table.from_pylist(self._rows, self._schema))
            self._rows.clear()

    def _end(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with stream:
                self._writer.close()
