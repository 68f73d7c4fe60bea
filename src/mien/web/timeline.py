"""The timeline of a video as the page draws it: per person the course of every expression."""

from pathlib import Path
from typing import Any

from mien.labels import FER7
from mien.sinks.base import Sink
from mien.types import Expression, Frame, FrameResult


class Timeline(Sink):
    """Collects what ``GET /api/videos/{id}/timeline.json`` answers; nothing is written to disk."""

    def __init__(self, path: Path | None = None) -> None:
        self._people: dict[int | None, dict[str, Any]] = {}
        self._labels: tuple[str, ...] = FER7
        self._last = 0.0

    def write(self, frame: Frame, result: FrameResult) -> None:
        self._last = result.time
        for face in result.faces:
            if face.expression is not None:
                self._add(face.track_id, result.time, face.expression)

    def close(self, *, discard: bool = False) -> None:
        if discard:
            self._people.clear()

    def as_dict(self, duration: float | None = None) -> dict[str, Any]:
        """``duration`` in seconds; where it is unknown, the last frame's time."""
        return {
            "labels": list(self._labels),
            "people": list(self._people.values()),
            "duration": self._last if duration is None else duration,
        }

    def _add(self, track: int | None, seconds: float, expression: Expression) -> None:
        self._labels = expression.labels
        person = self._people.setdefault(track, _new_person(track, expression.labels))
        person["times"].append(round(seconds, 4))
        person["label"].append(expression.label)
        person["confidence"].append(round(expression.confidence, 4))
        person["unsure"].append(expression.unsure)
        for label, value in expression.as_dict().items():
            person["probabilities"][label].append(round(value, 4))


def _new_person(track: int | None, labels: tuple[str, ...]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: [] for name in ("times", "label", "confidence", "unsure")}
    return {"track_id": track, **columns, "probabilities": {label: [] for label in labels}}
