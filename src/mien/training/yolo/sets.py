"""The sets of scenes that a recipe names, their pictures decoded once and kept."""

import functools
import logging
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from mien import geometry, imageops
from mien.datasets.base import data_folder
from mien.errors import SourceError
from mien.labels import FER7
from mien.scenes import _store
from mien.scenes.base import Endless, Scene, SceneSet, open_scenes
from mien.training.yolo.labelling import labelled
from mien.training.yolo.losses import UNKNOWN
from mien.training.yolo.mosaic import Fresh, Kept, Source
from mien.training.yolo.options import SceneOptions
from mien.types import Floats, Image

LARGEST = 640
"""Pictures to learn from are kept with at most this long side, in pixels."""
log = logging.getLogger(__name__)


def learning(sets: Sequence[SceneOptions]) -> tuple[list[Source], list[float]]:
    """The sources that can be drawn from, and their shares. Raises `SourceError` where there is none."""
    found = [(source, each.share) for each in sets if (source := _source(each)) is not None]
    if not found:
        raise SourceError('There is nothing to learn from: give [[data.sets]] with use = "train".')
    return [source for source, _ in found], [share for _, share in found]


def selection(sets: Sequence[SceneOptions], side: int) -> list[Kept]:
    """The pictures to choose by, letterboxed to ``side`` x ``side`` as at run time."""
    found = [Kept(_kept(scenes, each.scenes, side)) for each in sets if (scenes := _scenes(each)) is not None]
    if not found:
        raise SourceError("There is nothing to choose by or to be scored on: no set for that is there.")
    return found


def _source(options: SceneOptions) -> Source | None:
    scene_set = open_scenes(options.scenes, data_folder())
    if not isinstance(scene_set, Endless):
        scenes = _scenes(options)
        return Kept(_kept(scenes, options.scenes)) if scenes else None
    try:
        scene_set.compose(np.random.default_rng(0), 64, 64)  # now, for all processes: it may have to prepare
    except SourceError as error:
        _without(options, error)
        return None
    return Fresh(scene_set)


def _scenes(options: SceneOptions) -> tuple[Scene, ...] | None:
    """What can be used of a set: all faces boxed, or some at least; None for an absent optional one."""
    try:
        scenes = _loaded(open_scenes(options.scenes, data_folder()))
    except SourceError as error:
        _without(options, error)
        return None
    if options.labelled_by:
        scenes = labelled(scenes, options.labelled_by)
    usable = tuple(scene for scene in scenes if scene.boxes_complete or scene.boxes)
    if len(usable) < len(scenes):
        log.info("%s: %d pictures without boxes left out", options.scenes, len(scenes) - len(usable))
    if not usable:
        raise SourceError(f"'{options.scenes}' has no picture whose faces are boxed.")
    return usable


def _loaded(scene_set: SceneSet) -> tuple[Scene, ...]:
    return scene_set.load().scenes


def _without(options: SceneOptions, error: SourceError) -> None:
    if not options.optional:
        raise error
    log.warning("%s is left out: %s", options.scenes, error)


def _kept(scenes: Sequence[Scene], text: str, letterboxed: int = 0) -> _store.Store:
    name = f"pictures-{_store.key(scenes, text, letterboxed)}"
    return _store.kept(name, functools.partial(_pictures, scenes, letterboxed))


def _pictures(scenes: Sequence[Scene], letterboxed: int, labels: _store.Labels) -> Iterator[Image]:
    counts, boxes, targets = [], [np.empty((0, 4), np.float32)], []
    for scene in scenes:
        image = _covered(scene.image(), scene)
        given = [each for each in scene.boxes if not each.ignore]
        image, scale = _fitted(image, letterboxed)
        counts.append(len(given))
        boxes.append(geometry.as_array([each.box for each in given]) * np.float32(scale))
        targets += [FER7.index(each.category) if each.category in FER7 else UNKNOWN for each in given]
        yield image
    labels.update(
        counts=np.array(counts, np.int64), boxes=np.concatenate(boxes), targets=np.array(targets, np.int64)
    )


def _fitted(image: Image, letterboxed: int) -> tuple[Image, float]:
    if letterboxed:
        return imageops.letterbox(image, letterboxed, letterboxed)
    scale = min(LARGEST / max(image.shape[:2]), 1.0)
    height, width = (max(round(side * scale), 1) for side in image.shape[:2])
    return imageops.resize(image, width, height), scale


def _covered(image: Image, scene: Scene) -> Image:
    """Of faces that are neither to be learnt nor to be taken for none, nothing is shown."""
    ignored = geometry.as_array([each.box for each in scene.boxes if each.ignore])
    if not len(ignored):
        return image
    image = image.copy()
    for x1, y1, x2, y2 in _within(ignored, image):
        region = image[y1:y2, x1:x2]
        if region.size:
            cv2.rectangle(image, (x1, y1), (x2 - 1, y2 - 1), tuple(map(float, region.mean(axis=(0, 1)))), -1)
    return image


def _within(boxes: Floats, image: Image) -> list[tuple[int, int, int, int]]:
    limits = np.tile(image.shape[1::-1], 2)
    rows: list[tuple[int, int, int, int]] = np.clip(np.round(boxes), 0, limits).astype(int).tolist()
    return rows
