"""Visits: what one visitor brought and made, in a private folder that goes when the visit ends."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mien.web.ids import new_id
from mien.web.pictures import Picture
from mien.web.recordings import Recording
from mien.web.videos import VideoJob

COOKIE = "mien_visit"
Clock = Callable[[], float]


class Visit:
    """One visitor. Belongs to the event loop's thread; only its ids reach what it holds."""

    def __init__(self, parent: Callable[[], Path], clock: Clock = time.monotonic) -> None:
        self.id = new_id()
        self.pictures: dict[str, Picture] = {}
        self.videos: dict[str, VideoJob] = {}
        self.recordings: dict[str, Recording] = {}
        self._parent = parent
        self._folder: Path | None = None
        self._clock = clock
        self._held = 0
        self._had_page = False
        self._last = clock()

    def new_folder(self) -> Path:
        """A new folder for one upload or recording, for this user's eyes only; may raise `OSError`."""
        self._folder = _standing(self._folder, "visit-", self._parent)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def touch(self) -> None:
        """The visitor was here just now."""
        self._last = self._clock()

    @contextmanager
    def held(self, *, page: bool = False) -> Iterator[None]:
        """Keep the visit while the block runs; ``page``: what holds it is the page itself."""
        self._held += 1
        self._had_page |= page
        try:
            yield
        finally:
            self._held -= 1
            self.touch()

    def over(self, grace: float, idle: float) -> bool:
        """Whether the visit ended: its page left ``grace`` seconds ago, or it idles for ``idle`` seconds."""
        if self._held:
            return False
        if not self._had_page and any(job.working for job in self.videos.values()):
            return False
        return self._clock() - self._last >= (grace if self._had_page else idle)

    def cancel(self) -> None:
        """Ask the jobs that run to end; does not wait for them."""
        for job in self.videos.values():
            job.cancel()

    def remove(self) -> None:
        """Stop what runs and delete everything; blocks until it is gone."""
        self.cancel()
        for job in self.videos.values():
            job.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class Visits:
    """All visits of one server, under one private temporary folder."""

    def __init__(self, grace: float, idle: float, clock: Clock = time.monotonic) -> None:
        self.grace, self.idle = grace, idle
        self._folder: Path | None = None
        self._clock = clock
        self._visits: dict[str, Visit] = {}

    @property
    def folder(self) -> Path:
        """The private folder of all visits, made when it is first needed."""
        return self._folder or self._whole_folder()

    def __len__(self) -> int:
        return len(self._visits)

    def find(self, key: str | None) -> Visit | None:
        """The visit whose id is ``key``, where it still is."""
        visit = self._visits.get(key or "")
        if visit is not None:
            visit.touch()
        return visit

    def open(self) -> Visit:
        """A new visit."""
        visit = Visit(self._whole_folder, self._clock)
        self._visits[visit.id] = visit
        return visit

    def ended(self) -> list[Visit]:
        """Take out the visits that are over; the caller removes them (it may block)."""
        ended = [visit for visit in list(self._visits.values()) if visit.over(self.grace, self.idle)]
        for visit in ended:
            del self._visits[visit.id]
        return ended

    def close(self) -> None:
        """End every visit and delete the server's folder."""
        for visit in self._visits.values():
            visit.cancel()
        for visit in self._visits.values():
            visit.remove()
        self._visits.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _whole_folder(self) -> Path:
        self._folder = _standing(self._folder, "mien-")
        return self._folder


def _standing(known: Path | None, prefix: str, parent: Callable[[], Path | None] = lambda: None) -> Path:
    """``known`` where it is there, else a new private folder in ``parent``.

    Systems clear what is old out of the folder for temporary files while the server runs.
    """
    if known is not None and known.is_dir():
        return known
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent()))
