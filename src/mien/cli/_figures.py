"""Where an evaluation's figures go: tables for people, JSON for machines."""

import io
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table

from mien.errors import UsageError
from mien.sinks._atomic import NO_UTF8

STDOUT = "-"
WIDTH = 160
"""Characters of a line where nobody looks on: there lines need not fit a window."""


class Figures:
    """``json_file`` is a file's path, "-" for stdout (people then read on stderr), or empty for no JSON.

    Raises `UsageError` at once where that file cannot be written, and not after the work. Tables are not
    folded where the output is no terminal.
    """

    def __init__(self, json_file: str) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):  # one such name in a table would cost the work
            sys.stdout.reconfigure(errors=NO_UTF8)
        self.machine_reads = json_file == STDOUT
        # Names of folders and models are what they are: neither markup nor emoji.
        self.console = Console(stderr=self.machine_reads, markup=False, emoji=False)
        if not self.console.is_terminal:
            self.console.width = WIDTH
        self._path = Path(json_file) if json_file and not self.machine_reads else None
        if self._path is not None:
            check_file("--json", self._path)

    def show(self, tables: Iterable[RenderableType]) -> None:
        """Print ``tables`` for people, one after the other."""
        for table in tables:
            self.console.print(table)

    def save(self, report: Any) -> None:
        """Write ``report`` as JSON, where that was asked for; what is undefined becomes null."""
        text = json.dumps(_defined(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        if self.machine_reads:
            sys.stdout.write(text)
        elif self._path is not None:
            self._path.write_text(text, "utf-8", NO_UTF8)


def table(title: str, first: str, *columns: str) -> Table:
    """An empty table: what a row is about on the left, its figures on the right."""
    made = Table(title=title, title_justify="left")
    made.add_column(first, overflow="fold")  # a narrow screen cuts no name short
    for name in columns:
        made.add_column(name, justify="right", overflow="fold")
    return made


def check_file(option: str, path: Path) -> None:
    """Raise `UsageError` where no file can be written to ``path``, the value of ``option``."""
    if path.is_dir():
        raise UsageError(f"{option} {path} is a folder. Give the name of a file in it, too.")
    if not path.parent.is_dir():
        raise UsageError(f"{option} {path}: there is no folder '{path.parent}'. Make it first.")
    place = path if path.exists() else path.parent
    if not os.access(place, os.W_OK):
        raise UsageError(f"{option} {path}: nothing may be written to '{place}'. Give another place.")


def _defined(value: Any) -> Any:
    """``value`` with None for every number that is none."""
    if isinstance(value, Mapping):
        return {name: _defined(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_defined(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
