"""What every sink keeps to, and the columns that all tables share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from mien.labels import FER7
from mien.types import Frame, FrameResult, SourceInfo, plain_number

COLUMNS: tuple[str, ...] = (
    "source",
    "frame",
    "time",
    "track_id",
    "x1",
    "y1",
    "x2",
    "y2",
    "score",
    "label",
    "confidence",
    "unsure",
    *FER7,
)


def rows(result: FrameResult, further: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """One row per face, keyed by `COLUMNS` and then by ``further``; None where a value is absent.

    ``further`` are expressions beyond the seven and names of measures. ``time`` is in seconds, the box in
    pixels, ``score``, ``confidence`` and probabilities in [0, 1].
    """
    for face in result.faces:
        expression = face.expression
        probabilities = expression.as_dict() if expression else {}
        numbers = {label: round(value, 4) for label, value in probabilities.items()}
        yield {
            "source": result.source,
            "frame": result.index,
            "time": round(result.time, 6),
            "track_id": face.track_id,
            **{
                name: round(value, 2)
                for name, value in zip(("x1", "y1", "x2", "y2"), face.box.as_tuple(), strict=True)
            },
            "score": round(face.score, 4),
            "label": expression and expression.label,
            "confidence": expression and round(expression.confidence, 4),
            "unsure": expression and expression.unsure,
            **{label: numbers.get(label) for label in FER7},
            **{
                name: numbers[name] if name in numbers else plain_number(face.measures.get(name, math.nan))
                for name in further
            },
        }


class Sink(ABC):
    """Takes results one by one; a context manager.

    Nothing half-written: output goes to a temporary name beside the target and takes its place on a clean
    exit; an exception inside the ``with`` block removes it. Failures to write raise `SinkError`. A sink
    belongs to one thread. The constructor's first argument is ``path``.
    """

    def begin(self, info: SourceInfo) -> None:
        """A new source starts; called before its first frame, once per source."""

    @abstractmethod
    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame and what was found in it. The frame's pixels must not be changed."""

    @abstractmethod
    def close(self, *, discard: bool = False) -> None:
        """Finish the output, or with ``discard`` leave nothing behind. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(discard=error is not None)


PLUGIN = Sink
