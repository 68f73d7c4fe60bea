"""Data sets whose pictures are files: a listing says what each shows, the rest is the same for all."""

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from mien import imageops
from mien.config import AnalyzerOptions
from mien.datasets import _memory, _splits
from mien.datasets._cutting import Cutter
from mien.datasets.base import CheckedDataset, Fault, Indices, Reading, Samples, words
from mien.errors import BadOption, SourceError
from mien.types import Box, Image

DETECTOR = AnalyzerOptions().detector
"""Whole photographs are cut by the detector that is used at run time, unless another is named."""
WHOLE = ("all",)
DRAWN = ("train", "val", "test")
DRAWS = {"": "", "subject": "by subject", "stratified": "by expression"}
"""How parts can be drawn, and in words."""
Open = Callable[["Entry"], Image]


@dataclass(frozen=True, slots=True)
class Entry:
    """One face: its picture and what the set says of it.

    ``row`` is its place in the part's list; ``box`` is in pixels; ``frame`` counts from 0 in a video.
    """

    path: Path
    label: str
    row: int
    subject: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    box: Box | None = None
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The faces of a part, and what was wrong with the list itself."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...] = ()


@dataclass(eq=False)
class PictureSet(CheckedDataset):
    """Faces in picture files, held in memory as squares of ``side`` pixels, gray or (``colour``) BGR.

    ``detector`` names what finds the face in pictures for which the set states no box; empty: the whole
    picture is taken. ``scale``: the square's side as a multiple of the box's longer side.
    """

    side: int = 112
    colour: bool = True
    detector: str = ""
    scale: float = 1.0

    size: ClassVar[tuple[int, int] | None] = None
    """Width and height of the published pictures, where all are alike."""
    turn: ClassVar[bool] = False
    """Whether pictures may lie on their side."""

    def __post_init__(self) -> None:
        if self.side < 1:
            raise BadOption(f"side={self.side}: a picture has at least one pixel.")
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise BadOption(f"scale={self.scale}: give a number over 0, 1 for the box itself.")

    @abstractmethod
    def listing(self, split: str) -> Listing:
        """The faces of ``split`` (a valid name), sorted; `SourceError` where the list cannot be read."""

    def read(self, split: str) -> Reading:
        """The part in memory; see the class for what is cut."""
        self._check_split(split)
        listed = self.listing(split)
        if not listed.entries:
            raise self.empty(split, listed.faults)
        cutter = Cutter(self.side, self.colour, self.detector, self.scale, self.turn)
        reading = read_entries(
            listed.entries, self.labels, cutter, root=self.root, open_picture=self.picture, size=self.size
        )
        return Reading(reading.samples, (*listed.faults, *reading.faults))

    def picture(self, entry: Entry) -> Image:
        """The picture of ``entry`` as (H, W, 3) BGR; `SourceError` where it cannot be read."""
        return imageops.read(entry.path)


@dataclass(eq=False)
class DrawnPictureSet(PictureSet):
    """A set without published parts: ``all`` of it, or with ``split_by`` the parts train, val and test.

    ``split_by`` "subject" draws whole people, "stratified" the same share of every expression, 80, 10 and
    10 % of the pictures by the random ``seed``.
    """

    split_by: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seed < 0:
            raise BadOption(f"seed={self.seed} cannot be drawn by. Give 0 or more.")
        if self.split_by not in DRAWS:
            valid = ", ".join(filter(None, DRAWS))
            raise BadOption(f"split_by={self.split_by} is not known. Valid: {valid}, or nothing.")

    @property
    def splits(self) -> tuple[str, ...]:
        return DRAWN if self.split_by else WHOLE

    @property
    def called(self) -> str:
        """With how its parts were drawn: another seed gives other pictures under the same part's name."""
        return super().called + self._how_drawn()

    def _how_drawn(self) -> str:
        return f", parts drawn {DRAWS[self.split_by]}, seed {self.seed}" if self.split_by else ""

    def drawn_as(self, called: str) -> "DrawnPictureSet | None":
        """This set with its parts drawn as those of the set that cards call ``called``; None: another set."""
        seed = called.rpartition(", seed ")[2]
        options = [("", 0), *((draw, int(seed)) for draw in DRAWS if draw and seed.isdecimal())]
        found = (replace(self, split_by=draw, seed=number) for draw, number in options)
        return next((one for one in found if one.called == called), None)

    @abstractmethod
    def everything(self) -> Listing:
        """All faces of the set, sorted."""

    def listing(self, split: str) -> Listing:
        found = self.everything()
        if not self.split_by or not found.entries:
            return found
        parts = self._drawn(found.entries)
        chosen = [
            entry for entry, part in zip(found.entries, parts, strict=True) if part == DRAWN.index(split)
        ]
        return Listing(tuple(chosen), found.faults)

    def _drawn(self, entries: Sequence[Entry]) -> Indices:
        targets = np.array([self.labels.index(entry.label) for entry in entries])
        if self.split_by == "stratified":
            return _splits.stratified(targets, seed=self.seed)
        people = words([entry.subject for entry in entries])
        if people is None:
            raise BadOption(f"{self.title} does not say who is in its pictures. Use split_by=stratified.")
        return _splits.by_subject(people, targets, seed=self.seed)


def read_entries(
    entries: Sequence[Entry],
    labels: Sequence[str],
    cutter: Cutter,
    *,
    root: Path,
    open_picture: Open,
    size: tuple[int, int] | None = None,
) -> Reading:
    """The squares of ``entries``, and the faults found on the way; those pictures are left out."""
    images, faults = _room(cutter, len(entries)), []
    kept: list[Entry] = []
    for entry in entries:
        name = named(entry, root)
        if not entry.path.is_file():
            faults.append(Fault("missing picture", name))
            continue
        try:
            picture = open_picture(entry)
        except SourceError as error:
            faults.append(Fault("unreadable picture", str(error)))
            continue
        fault = _misfit(picture, entry.box, size, name)
        faults += [fault] if fault else []
        if fault and fault.serious:
            continue
        try:
            square = cutter.cut(picture, entry.box)
        except BadOption as error:  # a box far larger than its picture
            faults.append(Fault("bad box", f"{name}: {error}"))
            continue
        if square is None:
            faults.append(Fault("no face found", name, serious=False))
            continue
        images[len(kept)] = square
        kept.append(entry)
    return Reading(_samples(images[: len(kept)], kept, labels, root), tuple(faults))


def named(entry: Entry, root: Path) -> str:
    """The entry's file within the set's folder, written the same on every system."""
    inside = entry.path.relative_to(root) if entry.path.is_relative_to(root) else entry.path
    return inside.as_posix() + ("" if entry.frame is None else f"#{entry.frame}")


def _misfit(picture: Image, box: Box | None, size: tuple[int, int] | None, name: str) -> Fault | None:
    height, width = picture.shape[:2]
    if box is not None:
        text = f"{name}: ({box.x1:g}, {box.y1:g}, {box.x2:g}, {box.y2:g}) in {width} x {height} pixels"
        if not np.isfinite((box.x1, box.y1, box.x2, box.y2)).all():
            return Fault("bad box", text)
        if min(box.x2, width) <= max(box.x1, 0) or min(box.y2, height) <= max(box.y1, 0):
            return Fault("box outside the picture", text)
        if box.x1 < 0 or box.y1 < 0 or box.x2 > width or box.y2 > height:
            return Fault("box partly outside", text, serious=False)
    if size is not None and (width, height) != size:
        return Fault("other size", f"{name}: {width} x {height} pixels, not {size[0]} x {size[1]}", False)
    return None


def _room(cutter: Cutter, count: int) -> Image:
    _memory.check(cutter.size * count, count)
    try:
        return cutter.room(count)
    except MemoryError as error:
        raise SourceError(
            f"{count:,} pictures do not fit into the memory. Use a smaller side, colour=false, or fewer."
        ) from error


def _samples(images: Image, entries: Sequence[Entry], labels: Sequence[str], root: Path) -> Samples:
    keys = dict.fromkeys(key for entry in entries for key in entry.groups)
    return Samples(
        images,
        np.array([labels.index(entry.label) for entry in entries], np.int64),
        np.array([entry.row for entry in entries], np.int64),
        subjects=words([entry.subject for entry in entries]),
        groups={key: np.array([entry.groups.get(key, "") for entry in entries]) for key in keys},
        names=np.array([named(entry, root) for entry in entries], np.str_),
    )
