from pathlib import Path

import numpy as np
import pytest

from evaluation.detection_fakes import Bright, Calls, bright_scene, candidate
from mien.errors import UnknownName
from mien.evaluation.detection_stress import by_height, stress
from mien.scenes.base import GivenBox, Scene
from mien.types import Box


def test_the_share_of_what_the_reference_finds(tmp_path: Path) -> None:
    """Values of 200 under a gain of .25 become 50: one detector still sees them, the other does not."""
    scenes = [bright_scene(tmp_path / "a.png"), bright_scene(tmp_path / "dim.png", value=60)]
    sharp, blunt = candidate(Bright(40), "sharp"), candidate(Bright(100), "blunt")
    report = stress([sharp, blunt], blunt, scenes, names=["gain"])
    assert [row["severity"] for row in report["sharp"]] == [0.25, 0.12, 0.06]
    (first, second, _), (blunt_first, *_) = report["sharp"], report["blunt"]
    assert first["faces"] == 1  # the dim one is not known to the reference
    assert (first["of_found"], second["of_found"], blunt_first["of_found"]) == (1, 0, 0)
    assert first["recall"] == pytest.approx(0.5)


def test_turned_boxes_are_turned(tmp_path: Path) -> None:
    """The detector marks the turned rectangle's hull, which meets the ellipse's box well at 15 degrees."""
    scenes = [bright_scene(tmp_path / "a.png")]
    both = candidate(Bright())
    rows = stress([both], both, scenes, names=["rotation"])["own"]
    assert rows[0]["severity"] == 15
    assert [row["of_found"] for row in rows] == [1] * 5


def test_each_face_is_shrunk_by_itself_and_none_enlarged(tmp_path: Path) -> None:
    """Faces of 50 and 30 pixels: for 40 pixels only the first counts, for 24 each has its own picture."""
    image_path = tmp_path / "two.png"
    scene = bright_scene(image_path)
    boxes = (*scene.boxes, GivenBox(Box(70, 10, 100, 40)))
    seen: list[tuple[int, ...]] = []

    def answer(image: np.ndarray) -> list:
        seen.append(image.shape[:2])
        scale = image.shape[0] / 100
        return [
            detection
            for box in boxes
            for detection in Bright(100).detect(image)[:0] or [_scaled(box.box, scale)]
        ]

    both = candidate(Calls(answer))
    rows = stress([both], both, [Scene(image_path, boxes)], names=["height"])["own"]
    assert [(row["severity"], row["faces"], row["of_found"]) for row in rows] == [
        (40, 1, 1), (24, 2, 1), (16, 2, 1), (12, 2, 1)
    ]  # fmt: skip
    assert [row["recall"] for row in rows] == [None] * 4
    assert seen[:4] == [(100, 120), (80, 96), (48, 58), (80, 96)]


def _scaled(box: Box, scale: float) -> object:
    from mien.types import Detection

    return Detection(Box(*(value * scale for value in box.as_tuple())), 0.9)


def test_heights_are_grouped_from_the_highest() -> None:
    heights = np.array([30, 100, 81, 79, 24, 63], np.float32)
    assert by_height(heights) == [[1, 2], [3], [5], [0, 4]] or by_height(heights) == [[1, 2], [3, 5], [0, 4]]
    assert by_height(np.empty(0, np.float32)) == []


def test_ignored_boxes_do_not_count(tmp_path: Path) -> None:
    scene = bright_scene(tmp_path / "a.png")
    ignored = Scene(scene.path, (GivenBox(scene.boxes[0].box, ignore=True),))
    both = candidate(Bright())
    (row,) = stress([both], both, [ignored], names=["gray"])["own"]
    assert (row["faces"], row["of_found"], row["recall"]) == (0, None, None)


def test_an_unknown_corruption_is_named() -> None:
    with pytest.raises(UnknownName, match="Did you mean rotation"):
        stress([candidate(Bright())], candidate(Bright()), [], names=["rotations"])


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    scenes = [bright_scene(tmp_path / "a.png")] * 2
    both = candidate(Bright())
    stress([both], both, scenes, names=["gray"], progress=lambda done, whole: told.append((done, whole)))
    assert told == [(1, 2), (2, 2)]
