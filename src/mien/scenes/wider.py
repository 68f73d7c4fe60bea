"""WIDER FACE (Yang et al., "WIDER FACE: A Face Detection Benchmark", CVPR 2016) in its published layout."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mien.errors import SourceError, UnknownName
from mien.imageops import PICTURE_SUFFIXES
from mien.scenes.base import Fault, GivenBox, Reading, Scene, SceneSet
from mien.types import Box

ATTRIBUTES = ("blur", "expression", "illumination", "invalid", "occlusion", "pose")
"""The numbers after x, y, width and height, as the set's read-me explains them."""
FACES = 393_703
"""Over all three splits; the faces of the test split are counted but not published."""


class Wider(SceneSet):
    """WIDER FACE: faces in 61 kinds of events, many of them small.

    ``path`` is the folder that holds ``wider_face_split`` and ``WIDER_train``, ``WIDER_val`` or
    ``WIDER_test``. ``split`` is train, val or test (which has pictures alone). Boxes that the set
    marks as invalid or that are empty are to be ignored, and keep their place; missing pictures are faults.
    ``subsets`` is the folder of the official easy, medium and hard lists of val; empty: ``path``.
    """

    published: ClassVar[Mapping[str, Mapping[str, int | None]]] = {
        "train": {"pictures": 12_880, "faces": 159_424},
        "val": {"pictures": 3_226, "faces": 39_708},
        "test": {"pictures": 16_097, "faces": None},
    }

    def __init__(self, path: str, split: str = "val", subsets: str = "", skip_faults: bool = False) -> None:
        super().__init__(path, skip_faults)
        if split not in self.published:
            raise UnknownName("split of WIDER FACE", split, self.published)
        self.split = split
        if split == "val":
            self.subset_folder = Path(subsets) if subsets else self.path

    def read(self) -> Reading:
        scenes, faults = [], []
        for entry in entries(self.path, self.split):
            picture = self.path / f"WIDER_{self.split}" / "images" / entry.name
            if picture.is_file():
                complete = self.split != "test"
                scenes.append(Scene(picture, entry.boxes, f"wider {self.split}", complete))
            else:
                faults.append(Fault("missing picture", entry.name))
        return Reading(tuple(scenes), tuple(faults), self.published[self.split])


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the published lists: ``name`` is ``EVENT/PICTURE.jpg``."""

    name: str
    boxes: tuple[GivenBox, ...] = ()


def entries(folder: Path, split: str) -> Iterator[Entry]:
    """What the set's text file lists for ``split``; `SourceError` where that is not there or broken."""
    name = "wider_face_test_filelist.txt" if split == "test" else f"wider_face_{split}_bbx_gt.txt"
    path = next(
        (found for found in (folder / "wider_face_split" / name, folder / name) if found.is_file()), None
    )
    if path is None:
        raise SourceError(
            f"WIDER FACE is not in '{folder}': no file 'wider_face_split/{name}'. Give the folder with it."
        )
    # Names need not be UTF-8: they are the bytes that the files have.
    lines = [line.strip() for line in path.read_text("utf-8-sig", "surrogateescape").splitlines()]
    if split == "test":
        yield from (Entry(line) for line in lines if line)
    else:
        yield from _labelled(lines, path)


def counts(folder: Path) -> dict[str, dict[str, int | None]]:
    """By split, the pictures and faces that the lists in ``folder`` state and how many pictures are there,
    beside what is published: ``pictures``, ``faces``, ``files``, ``published_pictures``, ``published_faces``;
    None where a list is missing or nothing is published. ``all`` is the sum over the splits.
    """
    found = {split: _count(folder, split) for split in Wider.published}
    published = sum(numbers["pictures"] or 0 for numbers in Wider.published.values())
    total: dict[str, int | None] = {
        key: sum(row[key] or 0 for row in found.values()) for key in ("pictures", "faces", "files")
    }
    return {**found, "all": {**total, "published_pictures": published, "published_faces": FACES}}


def _count(folder: Path, split: str) -> dict[str, int | None]:
    published = Wider.published[split]
    stated = {f"published_{key}": value for key, value in published.items()}
    try:
        listed = list(entries(folder, split))
    except SourceError:
        return {"pictures": None, "faces": None, "files": None, **stated}
    images = folder / f"WIDER_{split}" / "images"
    faces = sum(len(entry.boxes) for entry in listed) if published["faces"] else None
    files = sum((images / entry.name).is_file() for entry in listed)
    return {"pictures": len(listed), "faces": faces, "files": files, **stated}


def _labelled(lines: list[str], path: Path) -> Iterator[Entry]:
    """Name, count, and a line per face; a picture without faces has one line of zeros all the same."""
    place = 0
    while place < len(lines):
        if not lines[place]:
            place += 1
            continue
        name = lines[place]
        if Path(name).suffix.lower() not in PICTURE_SUFFIXES:
            raise SourceError(f"'{path}', line {place + 1}: '{name}' is not the name of a picture.")
        count = _count_of_faces(lines, place + 1, path)
        first = place + 2
        yield Entry(name, tuple(_given(_numbers(lines, first + face, 4, path)) for face in range(count)))
        place = first + count
        if count == 0 and place < len(lines) and Path(lines[place]).suffix.lower() not in PICTURE_SUFFIXES:
            place += 1


def _count_of_faces(lines: list[str], place: int, path: Path) -> int:
    count = _numbers(lines, place, 1, path)[0]
    if count < 0:  # would lead back to lines that were read
        raise SourceError(f"'{path}', line {place + 1}: {count} is no number of faces.")
    return count


def _numbers(lines: list[str], place: int, least: int, path: Path) -> list[int]:
    try:
        numbers = [int(word) for word in lines[place].split()]
    except (IndexError, ValueError):
        numbers = []
    if len(numbers) < least:
        wanted = "the number of faces" if least == 1 else "x, y, width and height"
        raise SourceError(f"'{path}', line {place + 1}: {wanted} should stand here. Is the file complete?")
    return numbers


def _given(numbers: list[int]) -> GivenBox:
    x, y, width, height, *others = numbers
    attributes = dict(zip(ATTRIBUTES, others, strict=False))
    ignore = bool(attributes.get("invalid")) or min(width, height) <= 0
    return GivenBox(Box(x, y, x + width, y + height), "face", ignore, attributes)
