"""The faces of the newest frame as bars in a terminal: one column per face, expressions in fixed order."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mien import palette
from mien.labels import FER7
from mien.sinks.base import Sink
from mien.types import Face, Frame, FrameResult, SourceInfo

_CELLS = 10
_COLUMN = 17
_PAUSE = 0.1
"""Seconds between two drawings: faster cannot be read."""


class LiveTable(Sink):
    """Shows results while they come; the last ones stay."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()
        self._drawn = 0.0
        self._latest: FrameResult | None = None
        self._rate = Rate()

    def begin(self, info: SourceInfo) -> None:
        self._rate = Rate()

    def write(self, frame: Frame, result: FrameResult) -> None:
        self._latest = result
        self._rate.tick()
        if time.monotonic() - self._drawn >= _PAUSE:
            self._draw()

    def close(self, *, discard: bool = False) -> None:
        self._draw()
        self._live.stop()

    def _draw(self) -> None:
        if self._latest is not None:
            table = view(self._latest, self._rate.value, self._console.width)
            self._live.update(table, refresh=True)
            self._drawn = time.monotonic()


class Rate:
    """Frames per second, over about the last second."""

    def __init__(self) -> None:
        self.value = 0.0
        self._last: float | None = None

    def tick(self) -> None:
        """One more frame."""
        now = time.monotonic()
        if self._last is not None and now > self._last:
            weight = min(now - self._last, 1.0)
            self.value += (1 / (now - self._last) - self.value) * (weight if self.value else 1.0)
        self._last = now


def view(result: FrameResult, rate: float, width: int) -> Group:
    """The largest faces side by side, as many as ``width`` columns of text hold."""
    head = f"{result.source}  {result.time:.1f} s  frame {result.index}"
    spent = "  ".join(f"{stage} {ms:.1f}" for stage, ms in result.timings.items())
    foot = Text(f"{rate:.0f} frames/s  ms: {spent}" if rate else f"ms: {spent}", style="dim")
    if not result.faces:
        return Group(Text(head, style="bold"), Text("No face in sight."), foot)
    room = max((width - 12) // _COLUMN, 1)
    faces = sorted(sorted(result.faces, key=lambda face: -face.box.area)[:room], key=_order)
    hidden = len(result.faces) - len(faces)
    more = [Text(f"and {hidden} more", style="dim")] if hidden else []
    return Group(Text(head, style="bold"), _bars(faces), *more, foot)


def _order(face: Face) -> tuple[float, float]:
    return face.track_id or 0, face.box.x1


def _bars(faces: list[Face]) -> Table:
    labels = next((face.expression.labels for face in faces if face.expression), FER7)
    table = Table.grid(padding=(0, 2))
    table.add_row("", *(_title(face) for face in faces))
    for label in labels:
        table.add_row(Text(label, style=palette.colour(label)), *(_bar(face, label) for face in faces))
    return table


def _title(face: Face) -> Text:
    person = f"#{face.track_id} " if face.track_id is not None else ""
    expression = face.expression
    if expression is None:
        return Text(f"{person}not read", style="bold")
    if expression.unsure:
        return Text(f"{person}unsure", style=f"bold {palette.UNSURE}")
    return Text(person + expression.label, style=f"bold {palette.colour(expression.label)}")


def _bar(face: Face, label: str) -> Text:
    share = face.expression.as_dict().get(label, 0.0) if face.expression else 0.0
    full, part = divmod(round(share * _CELLS * 8), 8)
    bar = "█" * full + ("" if part == 0 else chr(0x2590 - part))  # eighths: U+258F (1) to U+2589 (7)
    text = Text(bar.ljust(_CELLS), style=palette.colour(label))
    return text.append(f" {share * 100:3.0f}", style="default")
