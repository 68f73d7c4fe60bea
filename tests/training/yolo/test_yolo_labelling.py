"""Faces that a detector finds in pictures nobody boxed."""

from pathlib import Path

import numpy as np
import pytest

from mien import imageops, registry
from mien.detectors.base import Detector
from mien.scenes.base import GivenBox, Scene
from mien.training.yolo.labelling import labelled
from mien.types import Box, Detection, Image

pytestmark = pytest.mark.train
SURE, DOUBTED = Box(1, 2, 21, 32), Box(40, 4, 50, 24)


class Bright(Detector):
    """Sees a sure and a doubted face in any picture that is not black."""

    calls = 0

    def _find(self, image: Image) -> list[Detection]:
        Bright.calls += 1
        return [Detection(SURE, 0.9), Detection(DOUBTED, 0.4)] if image.any() else []


@pytest.fixture(autouse=True)
def _bright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "load", lambda family, name, **options: Bright())
    monkeypatch.setattr(Bright, "calls", 0)


def scene(folder: Path, name: str, value: int, *, boxes: tuple[GivenBox, ...] = (), complete: bool) -> Scene:
    path = folder / f"{name}.png"
    path.write_bytes(imageops.encode(np.full((40, 60, 3), value, np.uint8), ".png"))
    return Scene(path, boxes, name, complete)


def test_only_pictures_that_nobody_boxed_are_labelled(tmp_path: Path) -> None:
    given = (GivenBox(Box(0, 0, 9, 9), "happy"),)
    scenes = (
        scene(tmp_path, "bare", 200, complete=False),
        scene(tmp_path, "boxed", 200, boxes=given, complete=True),
        scene(tmp_path, "empty", 200, complete=True),
        scene(tmp_path, "part", 200, boxes=given, complete=False),
        scene(tmp_path, "second", 90, complete=False),
    )
    bare, boxed, empty, part, second = labelled(scenes, "bright")
    assert (boxed, empty, part) == scenes[1:4]
    for each in (bare, second):
        assert each.boxes_complete
        assert each.boxes == (GivenBox(SURE), GivenBox(DOUBTED, ignore=True))
    assert (bare.source, second.source) == ("bare", "second")


def test_a_picture_without_a_find_stays_unlabelled(tmp_path: Path) -> None:
    scenes = (scene(tmp_path, "dark", 0, complete=False), scene(tmp_path, "bright", 9, complete=False))
    dark, bright = labelled(scenes, "bright")
    assert dark == scenes[0]
    assert len(bright.boxes) == 2


def test_pictures_are_looked_at_once(tmp_path: Path) -> None:
    scenes = (scene(tmp_path, "one", 9, complete=False), scene(tmp_path, "two", 9, complete=False))
    first = labelled(scenes, "bright")
    assert labelled(scenes, "bright") == first
    assert Bright.calls == 2


def test_none_to_label_is_no_error(tmp_path: Path) -> None:
    scenes = (scene(tmp_path, "boxed", 9, complete=True),)
    assert labelled(scenes, "bright") == scenes
    assert labelled((), "bright") == ()
