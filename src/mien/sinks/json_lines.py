"""JSON lines: one object per frame, also for frames without a face."""

import json
from pathlib import Path

from mien.sinks._lines import Lines
from mien.sinks.base import Sink
from mien.types import Frame, FrameResult, SourceInfo


class JsonLines(Sink):
    """UTF-8, each line what `mien.types.FrameResult.as_dict` gives. ``path`` "-" is standard output."""

    def __init__(self, path: str | Path) -> None:
        self._lines = Lines(path)

    def begin(self, info: SourceInfo) -> None:
        self._lines.write("")  # a source without frames still makes a file

    def write(self, frame: Frame, result: FrameResult) -> None:
        self._lines.write(json.dumps(result.as_dict(), ensure_ascii=False) + "\n")

    def close(self, *, discard: bool = False) -> None:
        self._lines.close(discard=discard)
