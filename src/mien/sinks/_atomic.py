"""Files that appear whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from mien.errors import SinkError

NO_UTF8 = "backslashreplace"
"""What is written of a file's name that is no UTF-8, as old archives leave them: the byte as \\udce9, which
JSON reads back as the name. Without it one such name would cost a whole run."""


class AtomicFile:
    """A file written beside its target under a temporary name, which takes the target's place at the end.

    The constructor raises `SinkError` where the folder is missing, and where the target is a folder, or a
    device or pipe, whose place a file would take; it makes nothing on disk.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.name or self.path.is_dir():
            raise SinkError(f"Cannot write '{path}': it is a folder. Give the name of a file in it.")
        if self.path.exists() and not self.path.is_file():
            raise SinkError(f"Cannot write '{path}': it is a device or a pipe. Give a file, or - for stdout.")
        if not self.path.parent.is_dir():
            raise SinkError(
                f"Cannot write '{path}': there is no folder '{self.path.parent}'. Create it first."
            )
        self.temporary = self.path.with_name(f".{secrets.token_hex(4)}.{self.path.name[-40:]}.part")

    def open(self, mode: str = "wb", **options: Any) -> IO[Any]:
        """Open the temporary file; ``mode`` and ``options`` as for `open`, text with `NO_UTF8`."""
        if "b" not in mode:
            options.setdefault("errors", NO_UTF8)
        with writing(self.path):
            return self.temporary.open(mode, **options)

    def commit(self) -> None:
        """Put the finished temporary file (closed by now) in the target's place."""
        with writing(self.path):
            os.replace(self.temporary, self.path)  # noqa: PTH105 - replaces on Windows too

    def discard(self) -> None:
        """Remove the temporary file, where there is one."""
        # What cannot be removed must not hide the error that made us give up.
        with contextlib.suppress(OSError):
            self.temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn the operating system's complaints about ``path`` into `SinkError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise SinkError(
            f"Cannot write '{path}': {reason}. Check the free space and your rights there."
        ) from error
