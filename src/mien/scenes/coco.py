"""Boxes in the JSON form of COCO (Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014)."""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mien.errors import SourceError
from mien.scenes import _headers
from mien.scenes.base import Fault, GivenBox, Reading, Scene, SceneSet
from mien.types import Box

Size = tuple[float, float]
"""Width and height in pixels."""
_MISSING = "missing picture"
_ROUNDING = 0.01
"""The share of a side by which a picture may differ from what is stated of it."""
_KEYS = ("images", "annotations", "categories")
_ID = (int | float | str | None, "a number or a text")
_SIZE = (int | float | None, "a number of pixels")
_KINDS: dict[str, dict[str, tuple[Any, str]]] = {
    "images": {"id": _ID, "file_name": (str, "a text"), "width": _SIZE, "height": _SIZE},
    "annotations": {"image_id": _ID, "category_id": _ID, "bbox": (object, "")},
    "categories": {"id": _ID, "name": (object, "")},
}
"""What the entries of each list state, as which kind, and that kind in words."""
_NO = frozenset({"", "0", "0.0", "false", "no"})
_OPTIONAL = frozenset({"width", "height"})
_OWN = frozenset({"id", "image_id", "category_id", "bbox", "area", "iscrowd", "ignore", "segmentation"})
"""What COCO itself states of a box; every other key is an attribute."""


class Coco(SceneSet):
    """Pictures with boxes from one COCO file.

    ``path`` is the .json file. ``images`` is the folder of the pictures; empty: a folder called like the file
    (``val`` for ``val.coco.json``, ``../val2017`` for ``instances_val2017.json``), ``images``, or its own.
    Of an image, ``source`` and ``boxes_complete`` are read where they stand. A box that reaches over the
    border ends there. Pictures that are missing, cannot be read or are not as large as the file states (their
    boxes were drawn on others), pictures that share an id (whose boxes are whose cannot be told),
    boxes of negative or no width or height or outside the picture, and boxes of no picture or category are
    faults: an error, unless ``skip_faults``. A picture that lost a box so does not count as complete.
    """

    def __init__(self, path: str, images: str = "", skip_faults: bool = False) -> None:
        super().__init__(path, skip_faults)
        self.images = Path(images) if images else None
        if self.images is not None and not self.images.is_dir():
            raise SourceError(f"images={images} is no folder. Give the one in which the pictures lie.")

    def read(self) -> Reading:
        content = _content(self.path)
        categories = {entry["id"]: str(entry["name"]) for entry in content["categories"]}
        by_image: defaultdict[Any, list[Mapping[str, Any]]] = defaultdict(list)
        for annotation in content["annotations"]:
            by_image[annotation["image_id"]].append(annotation)
        entries, faults = _told_apart(content["images"], by_image)
        scenes: list[Scene] = []
        for entry in entries:
            path = self._picture(entry["file_name"])
            size, useless = _size(entry, path)
            boxes, wrong = _boxes(entry, size, by_image.pop(entry["id"], []), categories)
            faults += wrong
            if useless is not None:
                faults.append(useless)
            elif path is not None:
                complete = _is_set(entry.get("boxes_complete", True)) and not wrong
                scenes.append(Scene(path, boxes, str(entry.get("source") or ""), complete))
        faults += [
            Fault("box of no picture", f"annotation {annotation.get('id')}, image_id {image_id}")
            for image_id, annotations in by_image.items()
            for annotation in annotations
        ]
        return Reading(tuple(scenes), tuple(faults))

    def remedy(self, faults: Sequence[Fault]) -> str:
        if not any(fault.kind == _MISSING for fault in faults):
            return ""
        folders = ", ".join(f"'{folder}'" for folder in self._folders())
        return f"Pictures were sought in {folders}; the option images=FOLDER says where else they lie. "

    def _picture(self, name: str) -> Path | None:
        return next((folder / name for folder in self._folders() if (folder / name).is_file()), None)

    def _folders(self) -> Iterator[Path]:
        if self.images is not None:
            yield self.images
            return
        folder, stem = self.path.parent, self.path.name.partition(".")[0]
        above = folder.parent if folder.parent != folder else folder / ".."  # of "." too
        yield folder / stem
        yield above / stem.removeprefix("instances_")
        yield folder / "images"
        yield folder


def _content(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise SourceError(
            f"Cannot read '{path}': {error.strerror}. Give the .json file of a COCO set."
        ) from error
    except ValueError as error:
        raise SourceError(f"'{path}' is not JSON: {error}. Give the .json file of a COCO set.") from error
    missing = [
        key for key in _KEYS if not isinstance(content, dict) or not isinstance(content.get(key), list)
    ]
    if missing:
        raise SourceError(f"'{path}' is no COCO file: it has no list called {', '.join(missing)}.")
    for key, kinds in _KINDS.items():
        for place, entry in enumerate(content[key]):
            _check_entry(entry, kinds, f"'{path}': entry {place} of '{key}'")
    return content


def _check_entry(entry: Any, kinds: Mapping[str, tuple[Any, str]], what: str) -> None:
    """`SourceError` where ``entry``, called ``what``, lacks a value or has one of another kind."""
    stated = entry if isinstance(entry, dict) else {}
    lacking = [name for name in kinds if name not in stated and name not in _OPTIONAL]
    if lacking:
        raise SourceError(f"{what} has no {', '.join(lacking)}.")
    for name, (kind, wanted) in kinds.items():
        if not isinstance(stated.get(name), kind):
            raise SourceError(f"{what} has {name} = {stated[name]!r}. Give {wanted}.")


def _told_apart(
    entries: Iterable[Mapping[str, Any]], by_image: dict[Any, list[Mapping[str, Any]]]
) -> tuple[list[Mapping[str, Any]], list[Fault]]:
    """The pictures whose id is theirs alone; the others are faults, and their boxes are taken out."""
    by_id: defaultdict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        by_id[entry["id"]].append(entry)
    shared = [(key, entry) for key, own in by_id.items() if len(own) > 1 for entry in own]
    for key, _ in shared:
        by_image.pop(key, None)
    faults = [Fault("repeated image id", f"{entry['file_name']}: id {key}") for key, entry in shared]
    return [own[0] for own in by_id.values() if len(own) == 1], faults


def _size(entry: Mapping[str, Any], path: Path | None) -> tuple[Size, Fault | None]:
    """Width and height as stated, else of the file; infinite where neither tells.

    Beside it the fault of a picture that is missing, cannot be read or is not as large as stated: its boxes
    are of another.
    """
    name, fault = entry["file_name"], None
    real = (math.inf, math.inf)
    try:
        if path is None:
            fault = Fault(_MISSING, name)
        else:
            real = _headers.size(path)
    except (OSError, ValueError, SourceError) as error:  # also those of a file that is no picture
        fault = Fault("unreadable picture", f"{name}: {error}")
    size = entry.get("width") or real[0], entry.get("height") or real[1]
    apart = [abs(have - want) > max(_ROUNDING * want, 1) for have, want in zip(real, size, strict=True)]
    if fault is None and any(apart):
        what = f"{name} is {real[0]} x {real[1]}, stated are {size[0]} x {size[1]}"
        fault = Fault("picture of another size", what)
    return size, fault


def _boxes(
    entry: Mapping[str, Any],
    size: Size,
    annotations: list[Mapping[str, Any]],
    categories: Mapping[Any, str],
) -> tuple[tuple[GivenBox, ...], list[Fault]]:
    """The boxes of a picture of ``size`` that can be used, and the faults of the others."""
    boxes, faults = [], []
    for annotation in annotations:
        name = f"annotation {annotation.get('id')} of {entry['file_name']}: {annotation['bbox']}"
        kind = _fault(annotation["bbox"], size)
        if kind is None and annotation["category_id"] not in categories:
            kind, name = "unknown category", f"{name}, category_id {annotation['category_id']}"
        if kind is not None:
            faults.append(Fault(kind, name))
        else:
            boxes.append(_given(annotation, categories[annotation["category_id"]], size))
    return tuple(boxes), faults


def _fault(bbox: Any, size: Size) -> str | None:
    """What is wrong with x, y, width, height; None where nothing is."""
    numbers = isinstance(bbox, list) and len(bbox) == 4 and all(type(value) in (int, float) for value in bbox)
    if not numbers or not all(abs(value) <= sys.float_info.max for value in bbox):  # JSON's are of any length
        return "box that is not four numbers"
    x, y, wide, high = bbox
    if min(wide, high) < 0:
        return "negative box"
    if min(wide, high) == 0:
        return "empty box"
    if x + wide <= 0 or y + high <= 0 or x >= size[0] or y >= size[1]:
        return "box outside the picture"
    return None


def _given(annotation: Mapping[str, Any], category: str, size: Size) -> GivenBox:
    """The box as far as it lies in the picture of ``size``, width and height."""
    x, y, width, height = map(float, annotation["bbox"])
    return GivenBox(
        Box(max(x, 0.0), max(y, 0.0), min(x + width, size[0]), min(y + height, size[1])),
        category,
        ignore=_is_set(annotation.get("iscrowd")) or _is_set(annotation.get("ignore")),
        attributes={key: value for key, value in annotation.items() if key not in _OWN},
    )


def _is_set(flag: Any) -> bool:
    """Whether ``flag`` says yes; some tools write it as a text."""
    return bool(flag) and str(flag).strip().lower() not in _NO
