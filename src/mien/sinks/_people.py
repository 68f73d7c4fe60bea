"""Who was seen in one source, and what a report says of them."""

from dataclasses import dataclass

from mien import imageops, prepare
from mien.artifact import CropSpec
from mien.labels import FER7
from mien.sinks._timeline import OUT_OF_SIGHT, Timeline
from mien.summary import RunSummary, Tally
from mien.types import Face, Frame, FrameResult, Image, SourceInfo

_KEPT = 64
"""People whose timelines are held at once; beyond, who was seen least and is gone keeps only shares."""
_GONE = 5.0
_STEPS = 1.5
"""A person who is not in the next frame, whenever that comes, is out of sight."""
_THUMBNAIL = 128
_AROUND_FACE = CropSpec(scale=1.4)
_PICTURES = 200


@dataclass(slots=True)
class Person:
    """One track: its timeline, and a picture taken when the face was largest."""

    timeline: Timeline
    thumbnail: Image | None = None
    area: float = 0.0


@dataclass(frozen=True, slots=True)
class Still:
    """One face of a picture."""

    source: str
    face: Face
    thumbnail: Image | None


class Account:
    """Collects the results of one source, in bounded memory."""

    def __init__(self, info: SourceInfo, *, thumbnails: bool) -> None:
        self.info = info
        self.people: dict[int, Person] = {}
        self.stills: list[Still] = []
        self.labels: tuple[str, ...] = FER7
        """What faces are read as, once one was."""
        self.faces = 0
        self._frames = 0
        self.first: float | None = None
        self.last = 0.0
        self.size: tuple[int, int] | None = None
        self._thumbnails = thumbnails
        self._tally = Tally.of(info)

    def add(self, frame: Frame, result: FrameResult) -> None:
        """Count one frame."""
        self._tally.add(result)
        self.first = result.time if self.first is None else self.first
        self.last = result.time
        self._frames += 1
        self.size = self.size or (result.width, result.height)
        for face in result.faces:
            self.faces += 1
            self.labels = face.expression.labels if face.expression is not None else self.labels
            if face.track_id is None:
                self._add_still(frame, face)
            else:
                self._add_person(frame, face, face.track_id)

    def summary(self) -> RunSummary:
        """The shares of time and the timings; call it once, at the end."""
        return self._tally.summary(self.info, 0.0)

    def _add_still(self, frame: Frame, face: Face) -> None:
        if len(self.stills) < _PICTURES:
            self.stills.append(Still(frame.source, face, self._cut(frame, face)))

    def _add_person(self, frame: Frame, face: Face, track: int) -> None:
        if face.expression is None:
            return
        person = self.people.get(track)
        if person is None:
            self._make_room(frame.time)
            person = self.people[track] = Person(Timeline(face.expression.labels))
        person.timeline.gap = max(OUT_OF_SIGHT, _STEPS * self._step())
        person.timeline.add(frame.time, face.expression)
        if face.box.area > 1.2 * person.area:
            person.area, person.thumbnail = face.box.area, self._cut(frame, face)

    def _step(self) -> float:
        """Seconds between frames, in the mean: of a recording with a picture now and then, several."""
        return (self.last - (self.first or 0.0)) / max(self._frames - 1, 1)

    def _cut(self, frame: Frame, face: Face) -> Image | None:
        if not self._thumbnails:
            return None
        cut = prepare.crop(frame.image, face.box, _AROUND_FACE)
        return imageops.resize(cut, _THUMBNAIL, _THUMBNAIL).copy()

    def _make_room(self, now: float) -> None:
        gone = [track for track, person in self.people.items() if now - person.timeline.last > _GONE]
        if len(self.people) >= _KEPT and gone:
            del self.people[min(gone, key=lambda track: self.people[track].timeline.seconds)]
