"""Decoded pictures kept in one file that is mapped into memory: opened at once, shared by all processes."""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mien import cache
from mien.scenes.base import MadeScene, Scene
from mien.types import Image

Labels = dict[str, npt.NDArray[Any]]


class Store:
    """N pictures at ``path`` with their ``sizes`` (N, 2), height and width, and ``labels``, any arrays.

    It can be handed to other processes: each maps the file for itself.
    """

    def __init__(self, path: Path, sizes: npt.NDArray[np.int64], labels: Labels) -> None:
        self.sizes, self.labels = sizes, labels
        self._path = path
        self._ends = np.cumsum(sizes.prod(axis=1) * 3)

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int, /) -> Image:
        """(H, W, 3) uint8 BGR, read-only."""
        height, width = self.sizes[index]
        end = int(self._ends[index])
        return self._pixels[end - int(height * width) * 3 : end].reshape(height, width, 3)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_pixels"}

    @cached_property
    def _pixels(self) -> Image:
        return np.memmap(self._path, np.uint8, "r") if len(self) else np.empty(0, np.uint8)


def folder() -> Path:
    """Where they are kept: ``scenes`` in the cache folder."""
    return cache.folder() / "scenes"


def key(scenes: Sequence[Scene], *parts: object) -> str:
    """A name for what is made of ``scenes``, their files and boxes, and of ``parts``.

    Scenes that lie in no file have but their names: some of ``parts`` says what they are made of.
    """
    boxes = [[(each.box.as_tuple(), each.category, each.ignore) for each in scene.boxes] for scene in scenes]
    paths = [str(scene.path) if isinstance(scene, MadeScene) else scene.path for scene in scenes]
    return cache.key(*parts, boxes, *paths)


def kept(name: str, make: Callable[[Labels], Iterable[Image]]) -> Store:
    """The store called ``name``; where there is none yet, of the pictures (H, W, 3) that ``make`` gives.

    ``make`` may put arrays into the labels that it is called with. A writer that is cut short leaves nothing
    that would be read.
    """
    pixels, known = folder() / f"{name}.pixels", folder() / f"{name}.npz"
    if not known.is_file():
        _write(pixels, known, make)
    with np.load(known) as stored:
        labels = dict(stored)
    return Store(pixels, labels.pop("sizes"), labels)


def arrays(
    stem: Path, make: Callable[[], tuple[Image, npt.NDArray[np.int64]]]
) -> tuple[Image, npt.NDArray[np.int64]]:
    """What ``make`` gives, kept at ``stem``: pictures, mapped into memory, and a number for each."""
    pictures, numbers = stem.with_suffix(".npy"), stem.with_suffix(".numbers.npy")
    if not numbers.is_file():
        stem.parent.mkdir(parents=True, exist_ok=True)
        for path, values in zip((pictures, numbers), make(), strict=True):
            temporary = path.with_suffix(f".{os.getpid()}.part.npy")
            np.save(temporary, np.asarray(values))
            temporary.replace(path)
    return np.load(pictures, mmap_mode="r"), np.load(numbers)


def _write(pixels: Path, known: Path, make: Callable[[Labels], Iterable[Image]]) -> None:
    pixels.parent.mkdir(parents=True, exist_ok=True)
    labels: Labels = {}
    sizes = []
    temporary = pixels.with_suffix(f".{os.getpid()}.part")
    with temporary.open("wb") as file:
        for image in make(labels):
            file.write(np.ascontiguousarray(image).tobytes())
            sizes.append(image.shape[:2])
    temporary.replace(pixels)
    temporary = known.with_suffix(f".{os.getpid()}.part.npz")
    labels["sizes"] = np.array(sizes, np.int64).reshape(-1, 2)
    np.savez(temporary, allow_pickle=False, **labels)
    temporary.replace(known)  # last: it says that all is there
