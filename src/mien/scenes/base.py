"""What every set of whole pictures with boxes keeps to.

To add one: a new file in this folder with one subclass of `SceneSet`. Its stem is the name that people type,
as in ``coco:PATH``; it reads the set in its published form.
"""

import logging
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mien import imageops, registry
from mien.errors import BadOption, SourceError
from mien.types import Box, Image

if TYPE_CHECKING:
    from mien.scenes._composer import Composition

_SHOWN = 20
"""So many faults are named in a message; their count is always given."""
_WITH_PATH = re.compile(r"(?P<name>\w+):(?P<path>.+?)(?P<options>(?:,\w+=[^,]*)*)", re.DOTALL)
_ONLY_OPTIONS = re.compile(r"\w+:\w+=")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenBox:
    """One face as the set states it, in pixels of the picture.

    ``category`` is the set's own word. With ``ignore`` it is neither to be found nor to be learnt (a crowd,
    a face too poor to tell; its box may be empty). ``attributes`` is what else the set states, as ``mask``.
    """

    box: Box
    category: str = "face"
    ignore: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture and its boxes.

    ``boxes_complete`` says that every face in it has a box, so that a detection elsewhere is a false one.
    ``source`` names the part of the set that it comes from.
    """

    path: Path
    boxes: tuple[GivenBox, ...] = ()
    source: str = ""
    boxes_complete: bool = True

    def image(self) -> Image:
        """The picture as (H, W, 3) uint8 BGR, in the stored orientation or upright by its EXIF tag."""
        return imageops.read(self.path)


@dataclass(frozen=True, slots=True)
class MadeScene(Scene):
    """A picture that lies in no file of its own: ``make`` gives it, and ``path`` is but its name."""

    make: Callable[[], Image] = field(kw_only=True)

    def image(self) -> Image:
        return self.make()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the set that cannot be used: ``kind`` groups them, ``what`` names the one."""

    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The usable scenes of a set, and the faults that were left out.

    ``published`` holds the counts that the set's makers state: ``pictures`` and ``faces``.
    """

    scenes: tuple[Scene, ...]
    faults: tuple[Fault, ...] = ()
    published: Mapping[str, int | None] = field(default_factory=dict)


class SceneSet(ABC):
    """A set of pictures with boxes. The constructor's first argument is ``path``; `load` reads."""

    subset_folder: Path | None = None
    """Where the files lie that name the set's official subsets, for a set that has such."""

    def __init__(self, path: str, skip_faults: bool = False) -> None:
        self.path = Path(path)
        self.skip_faults = skip_faults

    @abstractmethod
    def read(self) -> Reading:
        """All scenes that can be used, with every fault named. Raises `SourceError` for unreadable files."""

    def remedy(self, faults: Sequence[Fault]) -> str:
        """What else than mending may help against ``faults``: a sentence and a space, or nothing."""
        return ""

    def load(self) -> Reading:
        """`read`; where there are faults and nobody asked to skip them, `SourceError` names them."""
        reading = self.read()
        if reading.faults and not self.skip_faults:
            raise SourceError(
                f"'{self.path}' has {_summary(reading.faults)}:\n{_listing(reading.faults)}\n"
                f"{self.remedy(reading.faults)}Mend them, or leave them out with the option skip_faults=true."
            )
        if reading.faults:
            log.warning("%s: left out %s:\n%s", self.path, _summary(reading.faults), _listing(reading.faults))
        return reading


class Endless(SceneSet):
    """A set that makes new scenes without end, for training; `read` gives those of its seed."""

    @abstractmethod
    def compose(self, random: np.random.Generator, width: int, height: int) -> "Composition":
        """A fresh scene of that size; the same for generators in the same state."""


def open_scenes(text: str, *folders: Path) -> SceneSet:
    """The set written as ``name:PATH``, ``name:PATH,key=value`` or ``name:path=PATH,key=value``.

    A relative path is one within the first of ``folders`` that has it; without any, within the current one.
    Raises `UnknownName` for a name that is no set, and `BadOption` where the path or the name is missing.
    """
    sets = registry.names("scenes")
    if text not in sets and ":" not in text:
        raise BadOption(
            f"'{text}' does not say of which kind it is. Write coco:{text}, or another of {', '.join(sets)}."
        )
    match = None if _ONLY_OPTIONS.match(text) else _WITH_PATH.fullmatch(text)
    name, options = registry.parse(text)
    if match is not None:
        name, options = match["name"], dict(pair.split("=", 1) for pair in match["options"].split(",")[1:])
        if "path" in options:
            raise BadOption(f"'{text}' states its path twice. Write {name}:PATH,key=value.")
        options["path"] = match["path"]
    if "path" in options:
        options["path"] = str(_within(folders or (Path(),), options["path"]))
    scenes: SceneSet = registry.load("scenes", name, **options)
    return scenes


def _within(folders: Sequence[Path], path: str) -> Path:
    places = [folder / path for folder in folders]
    return next((place for place in places if place.exists()), places[0])


def _summary(faults: Sequence[Fault]) -> str:
    return ", ".join(f"{count} x {kind}" for kind, count in Counter(fault.kind for fault in faults).items())


def _listing(faults: Sequence[Fault]) -> str:
    lines = [f"  {fault.kind}: {fault.what}" for fault in faults[:_SHOWN]]
    more = [f"  and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return "\n".join(lines + more)


PLUGIN = SceneSet
