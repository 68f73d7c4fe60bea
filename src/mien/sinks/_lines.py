"""Text output line by line, to a file or to standard output."""

import contextlib
import io
import sys
from pathlib import Path
from typing import IO

from mien.sinks._atomic import NO_UTF8, AtomicFile, writing

STDOUT = "-"


class Lines:
    """Where text sinks write: UTF-8, as it is given; ``path`` "-" is standard output.

    The file is made by the first `write`, and appears under its name on a clean `close`.
    """

    def __init__(self, path: str | Path) -> None:
        self._name = "standard output" if str(path) == STDOUT else str(path)
        self._file = None if str(path) == STDOUT else AtomicFile(path)
        self._stream: IO[str] | None = None

    def write(self, text: str) -> None:
        """Append ``text``; on standard output it is there at once. Raises `SinkError`."""
        if self._stream is None:
            self._stream = self._open()
        with writing(self._name):
            self._stream.write(text)
            if self._file is None:
                self._stream.flush()

    def close(self, *, discard: bool = False) -> None:
        """Finish the file, or with ``discard`` remove it. May be called twice."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        if self._file is None:
            _let_go(stream)
            return
        try:
            if discard:
                # Buffered text may not fit on the disk, which no longer matters.
                with contextlib.suppress(OSError):
                    stream.close()
                return
            with writing(self._name):
                stream.close()
            self._file.commit()
        finally:
            self._file.discard()

    def _open(self) -> IO[str]:
        if self._file is not None:
            return self._file.open("w", encoding="utf-8", newline="")
        # Not the console's own encoding and line ends: what is piped must be the same everywhere.
        return io.TextIOWrapper(
            sys.stdout.buffer, encoding="utf-8", errors=NO_UTF8, newline="", write_through=True
        )


def _let_go(stream: IO[str]) -> None:
    """Leave standard output open for others."""
    if isinstance(stream, io.TextIOWrapper):
        with contextlib.suppress(OSError):
            stream.detach()
