"""MMI (Pantic et al., "Web-Based Database for Facial Expression Analysis", ICME 2005) as it is downloaded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

import av
import numpy as np

from mien.datasets._class_folders import class_folders
from mien.datasets._pictures import DETECTOR, DrawnPictureSet, Entry, Listing
from mien.datasets.base import Fault
from mien.errors import BadOption, SourceError
from mien.labels import FER7, MMI_CODES
from mien.types import Image

_VIDEOS = frozenset({".avi", ".mp4", ".mov", ".mpg"})


@dataclass(eq=False)
class Mmi(DrawnPictureSet):
    """MMI: videos from neutral over the peak of an expression and back, of those sessions that name one.

    The ``peak`` frames in the middle show the expression, and with ``neutral`` the first one shows none.
    Only the six expressions of the tag ``Emotion`` are read, not MMI's still pictures nor sessions with
    action units alone. Some videos lie on their side, others show the face from two sides at once: the
    detector looks in the frame turned by a quarter, too, and takes the largest face.
    """

    detector: str = DETECTOR
    peak: int = 3
    neutral: bool = True

    title: ClassVar[str] = "MMI"
    rights: ClassVar[str] = "Research only, on request from its owners; no redistribution."
    layout: ClassVar[str] = "mmi/Sessions/1/S001-001.avi, with S001-001.xml and session.xml beside it."
    folders: ClassVar[tuple[str, ...]] = ("mmi", "MMI")
    labels = FER7
    turn: ClassVar[bool] = True

    _frames: tuple[Path | None, dict[int, Image]] = field(default=(None, {}), init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.peak < 1:
            raise BadOption(f"peak={self.peak}: at least the middle frame of a video is its peak.")

    def everything(self) -> Listing:
        top = self.root / "Sessions" if (self.root / "Sessions").is_dir() else self.root
        entries: list[Entry] = []
        faults = []
        for folder in sorted(class_folders(top), key=lambda path: path.name.zfill(6)):
            try:
                for video, label in _sessions(folder):
                    entries += self._session(video, label, _view(folder), len(entries))
            except SourceError as error:
                faults.append(Fault("bad session", str(error)))
        return Listing(tuple(entries), tuple(faults))

    def _session(self, video: Path, label: str, view: str, row: int) -> list[Entry]:
        count = _frame_count(video)
        if count <= self.peak:
            raise SourceError(f"'{video}' has {count} frames; more than {self.peak} are needed.")
        start = (count - self.peak + 1) // 2
        used = [(start + place, label) for place in range(self.peak)]
        used += [(0, "neutral")] if self.neutral else []
        groups = {"session": video.parent.name} | ({"view": view} if view else {})
        person = video.stem.partition("-")[0]
        return [
            Entry(video, shown, row + place, person, groups, frame=frame)
            for place, (frame, shown) in enumerate(used)
        ]

    def picture(self, entry: Entry) -> Image:
        """One frame; those of the same video come one after the other, so it is decoded once."""
        if self._frames[0] != entry.path:
            self._frames = entry.path, dict(enumerate(_decoded(entry.path)))
        image = self._frames[1].get(entry.frame or 0)
        if image is None:
            raise SourceError(f"'{entry.path}' has no frame {entry.frame}: it breaks off before.")
        return image


def _sessions(folder: Path) -> Iterator[tuple[Path, str]]:
    """The videos of a session whose own file names one of the six expressions."""
    for video in sorted(path for path in folder.glob("[!.]*") if path.suffix.lower() in _VIDEOS):
        written = (video.with_suffix(suffix) for suffix in (".xml", ".XML"))
        description = next((path for path in written if path.is_file()), None)
        if description is None:
            continue  # many sessions state action units alone
        tags = {tag.get("Name"): tag.get("Value") for tag in _root(description).iter("Metatag")}
        code = tags.get("Emotion") or ""
        if code.isdecimal() and int(code) in MMI_CODES:
            yield video, MMI_CODES[int(code)]


def _view(folder: Path) -> str:
    """What ``session.xml`` says of the side that the face is seen from; empty where it does not."""
    path = folder / "session.xml"
    if not path.is_file():
        return ""
    return next((view for node in _root(path).iter() if (view := node.get("view"))), "")


def _root(path: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(path).getroot()
    except (OSError, ValueError, LookupError, ElementTree.ParseError) as error:  # also: another encoding
        raise SourceError(f"Cannot read '{path}': {error}.") from error


def _frame_count(video: Path) -> int:
    """The frames that a container states, or else those in it."""
    try:
        with av.open(str(video), metadata_errors="replace") as container:
            stream = container.streams.video[0]
            return stream.frames or sum(packet.pts is not None for packet in container.demux(stream))
    except (av.FFmpegError, OSError, IndexError) as error:
        raise SourceError(f"Cannot read '{video}': {error}.") from error


def _decoded(video: Path) -> Iterator[Image]:
    try:
        with av.open(str(video), metadata_errors="replace") as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise SourceError(f"Cannot read '{video}': {error}.") from error
