"""CK+ (Lucey et al., "The Extended Cohn-Kanade Dataset", CVPR Workshops 2010) in its published layout."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.datasets._class_folders import class_folders, pictures
from mien.datasets._pictures import DETECTOR, DrawnPictureSet, Entry, Listing
from mien.datasets.base import Absent, Counts, Fault
from mien.errors import BadOption, SourceError
from mien.labels import CKPLUS_CODES, FER7, FER8

_IMAGES = (
    "extended-cohn-kanade-images/cohn-kanade-images",
    "extended-cohn-kanade-images",
    "cohn-kanade-images",
)
_EMOTIONS = ("Emotion_labels/Emotion", "Emotion", "Emotion_labels")
_ACTIONS = ("FACS_labels/FACS", "FACS", "FACS_labels")
_PEOPLE, _ALL = 123, 593
"""Of these sequences, those below have an expression."""
_SEQUENCES = {
    "angry": 45,
    "disgust": 59,
    "fear": 25,
    "happy": 69,
    "sad": 28,
    "surprise": 83,
    "contempt": 18,
}


@dataclass(eq=False)
class CkPlus(DrawnPictureSet):
    """CK+: 593 sequences of 123 people, from neutral to the peak; 327 of them have an expression.

    Of each of these, the last ``peak`` frames show the expression, and with ``neutral`` the first one shows
    none. ``contempt``: whether to keep its 18 sequences. `action_units` reads the FACS codes of all 593.
    """

    colour: bool = False
    detector: str = DETECTOR
    peak: int = 3
    neutral: bool = True
    contempt: bool = True

    title: ClassVar[str] = "CK+"
    rights: ClassVar[str] = "Research only, on request from its owners; no redistribution."
    layout: ClassVar[str] = (
        "CK+/extended-cohn-kanade-images/S005/001/S005_001_00000001.png (or cohn-kanade-images), "
        "CK+/Emotion/S005/001/S005_001_00000011_emotion.txt, and CK+/FACS likewise."
    )
    folders: ClassVar[tuple[str, ...]] = ("ckplus", "CK+", "ck+")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.peak < 1:
            raise BadOption(f"peak={self.peak}: at least the last frame of a sequence is its peak.")

    @property
    def labels(self) -> tuple[str, ...]:
        return FER8 if self.contempt else FER7

    @property
    def published(self) -> Counts:
        counts = {label: self.peak * _SEQUENCES.get(label, 0) for label in self.labels}
        if self.neutral:
            counts["neutral"] = sum(counts.values()) // self.peak
        return {"all": counts}

    def tallies(self) -> Mapping[str, tuple[int, int]]:
        images, emotions = self._folder(_IMAGES, "pictures"), self._folder(_EMOTIONS, "emotion labels")
        people = class_folders(images)
        labelled = sum(1 for _ in _marked(emotions, "_emotion.txt"))
        codes = self._codes()
        coded = len(codes) - sum(1 for _ in _broken(codes))
        return {
            "people": (len(people), _PEOPLE),
            "sequences": (sum(len(class_folders(person)) for person in people), _ALL),
            "sequences with an expression": (labelled, sum(_SEQUENCES.values())),
            "sequences with action units": (coded, _ALL),
        }

    def everything(self) -> Listing:
        emotions = self._folder(_EMOTIONS, "emotion labels")
        images = self._folder(_IMAGES, "pictures")
        entries: list[Entry] = []
        faults = []
        for folder, path in _marked(emotions, "_emotion.txt"):
            try:
                label = _expression(path)
                entries += self._sequence(images / folder, label, len(entries))
            except SourceError as error:
                faults.append(Fault("bad sequence", str(error)))
        # The pictures can be used without.
        faults += [Fault("bad action units", why, serious=False) for why in _broken(self._codes())]
        return Listing(tuple(entries), tuple(faults))

    def action_units(self) -> dict[str, dict[int, int]]:
        """Sequence ("S005/001") to action unit to its intensity at the peak, 1 (A) to 5 (E); 0: not scored.

        Raises `SourceError` where there are no FACS files or one of them cannot be read.
        """
        found = {}
        for folder, path in _marked(self._folder(_ACTIONS, "FACS codes"), "_facs.txt"):
            found[folder.as_posix()] = _units(path)
        return found

    def _codes(self) -> list[tuple[Path, Path]]:
        """As `_marked` gives them, the FACS files; none where there are none."""
        try:
            return list(_marked(self._folder(_ACTIONS, "FACS codes"), "_facs.txt"))
        except Absent:
            return []

    def _folder(self, candidates: tuple[str, ...], what: str) -> Path:
        for candidate in candidates:
            if class_folders(self.root / candidate):
                return self.root / candidate
        raise self.absent(f"there are no {what} in {' or '.join(candidates)}")

    def _sequence(self, folder: Path, label: str, row: int) -> list[Entry]:
        """The frames that are used of one sequence; none where its expression is dropped."""
        if label not in self.labels:
            return []
        frames = pictures(folder)
        if len(frames) <= self.peak:
            raise SourceError(f"'{folder}' has {len(frames)} frames; more than {self.peak} are needed.")
        used = [(path, label) for path in frames[-self.peak :]]
        used += [(frames[0], "neutral")] if self.neutral else []
        return [
            Entry(path, shown, row + place, folder.parent.name, {"sequence": folder.name})
            for place, (path, shown) in enumerate(used)
        ]


def _marked(folder: Path, ending: str) -> Iterator[tuple[Path, Path]]:
    """Person and sequence (``S005/001``), and the file ending so, of each sequence that has one."""
    for person in class_folders(folder):
        for sequence in class_folders(person):
            for path in sorted(sequence.glob(f"[!.]*{ending}")):
                yield sequence.relative_to(folder), path


def _units(path: Path) -> dict[int, int]:
    """Action unit to intensity; `SourceError` for a file that cannot be read so."""
    try:
        lines = [line.split() for line in path.read_text("ascii").splitlines() if line.strip()]
        return {int(float(unit)): int(float(level)) for unit, level in lines}
    except (OSError, OverflowError, ValueError) as error:
        raise SourceError(f"Cannot read the action units in '{path}': {error}.") from error


def _broken(codes: list[tuple[Path, Path]]) -> Iterator[str]:
    """Why files cannot be read, of those among ``codes`` that cannot."""
    for _, path in codes:
        try:
            _units(path)
        except SourceError as error:
            yield str(error)


def _expression(path: Path) -> str:
    try:
        number = float(path.read_text("ascii"))
        if not number.is_integer():
            raise ValueError(f"{number:g} is no whole number")
        return CKPLUS_CODES[int(number)]
    except (OSError, ValueError, KeyError) as error:
        raise SourceError(
            f"'{path}' holds no expression ({error}). One number from 0 to {max(CKPLUS_CODES)} is expected."
        ) from error
