"""Boxes as text files beside pictures, in the form of YOLO (Redmon et al., 2016) and its successors."""

import logging
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mien.errors import SourceError, UnknownName
from mien.imageops import PICTURE_SUFFIXES
from mien.labels import SETS
from mien.scenes import _headers, _yolo_lines
from mien.scenes._yolo_names import LISTS, Description, describe
from mien.scenes.base import Fault, Reading, Scene, SceneSet

_SPLITS = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}
_OTHER = frozenset({*LISTS, "readme.txt", "readme.roboflow.txt", "readme.dataset.txt"})
log = logging.getLogger(__name__)


class Yolo(SceneSet):
    """Pictures with a label file each: its lines are class, center, width and height as shares of the sides.

    ``path`` is the folder of the set, or its ``data.yaml``. Labels stand in a folder ``labels`` where the
    pictures are in ``images``, or beside them. ``split`` is train, val or test; empty: all pictures.
    Classes are called as ``data.yaml`` or ``classes.txt`` say, else as in ``labels``, one of the label sets
    (``fer7``); words for expressions become this package's. An empty label file is a picture without faces. A
    polygon counts as the box around it. Faults are pictures without labels and labels without a picture,
    classes out of range, boxes that reach out of 0..1 (but for rounding) and unreadable files; a picture that
    lost a box does not count as complete.
    """

    def __init__(self, path: str, split: str = "", labels: str = "", skip_faults: bool = False) -> None:
        super().__init__(path, skip_faults)
        if split and split not in _SPLITS:
            raise UnknownName("split of a YOLO set", split, _SPLITS)
        if labels and labels not in SETS:
            raise UnknownName("label set", labels, SETS)
        self.split, self.labels = split, labels

    def read(self) -> Reading:
        if not self.path.exists():
            raise SourceError(f"There is no YOLO set at '{self.path}'. Give its folder or its data.yaml.")
        told = describe(self.path)
        names = told.names or dict(enumerate(SETS.get(self.labels, ())))
        folder = self._folder(told)
        found = [_scene(picture, names) for picture in sorted(_files(folder, PICTURE_SUFFIXES))]
        if not found:
            raise SourceError(f"There is no picture in '{folder}'. Give the folder of a YOLO set.")
        faults = [fault for each in found for fault in each.faults]
        used = {each.label for each in found}
        strays = [path for path in sorted(_files(_swapped(folder) or folder, {".txt"})) if path not in used]
        faults += [
            Fault("labels without picture", path.name) for path in strays if path.name.lower() not in _OTHER
        ]
        polygons = sum(each.polygons for each in found)
        if polygons:
            log.warning("%s: polygons are taken as the boxes around them (%d)", self.path, polygons)
        return Reading(tuple(each.scene for each in found if each.scene is not None), tuple(faults))

    def _folder(self, told: Description) -> Path:
        """Where the pictures of the chosen part are, in the layouts that are common."""
        base = self.path.parent if self.path.is_file() else self.path
        if not self.split:
            return base
        stated = [told.parts[self.split]] if self.split in told.parts else []
        # Roboflow's paths begin with "../" though they are meant from the file's own folder.
        places = [place for text in stated for place in (text, text.removeprefix("../"))]
        for word in _SPLITS[self.split]:
            places += [f"images/{word}", f"{word}/images", word]
        for place in places:
            if (base / place).is_dir():
                return base / place
        tried = ", ".join(dict.fromkeys(places))
        raise SourceError(f"'{base}' has no part '{self.split}': none of {tried} is a folder there.")


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is of a picture: its ``label`` file, its scene if it can be used, how many were polygons."""

    label: Path | None = None
    scene: Scene | None = None
    faults: tuple[Fault, ...] = ()
    polygons: int = 0


def _scene(picture: Path, names: Mapping[int, str]) -> _Found:
    label = _label(picture)
    if label is None:
        return _Found(faults=(Fault("picture without labels", picture.name),))
    try:
        lines = label.read_text("utf-8-sig").splitlines()
        size = _headers.size(picture)
    except (OSError, ValueError, SourceError) as error:  # also those of text that is none
        return _Found(label, faults=(Fault("unreadable file", f"{picture.name}: {error}"),))
    boxes, wrong, polygons = _yolo_lines.given(lines, label.name, size, names)
    scene = Scene(picture, tuple(boxes), picture.parent.name, boxes_complete=not wrong)
    return _Found(label, scene, tuple(wrong), polygons)


def _label(picture: Path) -> Path | None:
    beside = picture.with_suffix(".txt")
    swapped = _swapped(beside)
    return next((path for path in (swapped, beside) if path is not None and path.is_file()), None)


def _swapped(path: Path) -> Path | None:
    """``path`` with its last folder ``images`` called ``labels``; None where there is none such."""
    parts = list(path.parts)
    if "images" not in parts:
        return None
    place = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:place], "labels", *parts[place + 1 :])


def _files(folder: Path, suffixes: Container[str]) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
