from pathlib import Path

import cv2
import numpy as np
import pytest

import face_sets
from mien import imageops, prepare
from mien.artifact import CropSpec
from mien.datasets import _cutting, _memory, _pictures
from mien.datasets._cutting import Cutter
from mien.datasets.folder import Folder
from mien.errors import SourceError
from mien.types import Box, Detection, Image


class TwoFaces:
    """Sees two faces in a picture that is higher than wide, none in others."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def detect(self, image: Image) -> list[Detection]:
        self.seen.append(image.shape)
        if image.shape[0] <= image.shape[1]:
            return []
        return [Detection(Box(0, 0, 10, 10), 0.9), Detection(Box(10, 20, 40, 60), 0.7)]


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> TwoFaces:
    made = TwoFaces()
    monkeypatch.setattr(_cutting.registry, "load", lambda family, name: made)
    return made


def noise(height: int, width: int) -> Image:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_whole_picture_keeps_its_proportions() -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 40:] = 200
    square = Cutter(80, colour=True, detector="", scale=1.5).cut(picture, None)
    assert square is not None
    assert square.shape == (80, 80, 3)
    assert np.array_equal(square[:, :40], np.zeros((80, 40, 3)))  # its edges are repeated above and below
    assert np.array_equal(square[20:60], picture)


def test_the_largest_face_is_cut_as_at_run_time(detector: TwoFaces) -> None:
    picture = noise(90, 70)
    square = Cutter(52, colour=True, detector="any", scale=1.3).cut(picture, None)
    expected = prepare.crop(picture, Box(10, 20, 40, 60), CropSpec(1.3))
    assert square is not None
    assert np.array_equal(square, expected)


def test_a_stated_box_needs_no_detector(detector: TwoFaces) -> None:
    picture = noise(90, 70)
    square = Cutter(20, colour=False, detector="any", scale=1.0).cut(picture, Box(0, 0, 20, 20))
    assert detector.seen == []
    assert square is not None
    assert np.array_equal(square, imageops.gray(picture[:20, :20]))


def test_without_a_face_there_is_nothing_to_cut(detector: TwoFaces) -> None:
    assert Cutter(20, colour=False, detector="any", scale=1.0).cut(noise(50, 90), None) is None
    assert detector.seen == [(50, 90, 3)]


def test_a_picture_on_its_side_is_turned(detector: TwoFaces) -> None:
    picture = noise(50, 90)
    square = Cutter(40, colour=True, detector="any", scale=1.0, turn=True).cut(picture, None)
    turned = np.asarray(cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    assert square is not None
    assert np.array_equal(square, prepare.crop(turned, Box(10, 20, 40, 60), CropSpec()))


def test_pictures_without_a_face_are_left_out_and_counted(
    tmp_path: Path, detector: TwoFaces, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "happy").mkdir()
    for name, shape in {"a": (50, 90), "b": (90, 50), "c": (95, 50)}.items():
        ok, data = cv2.imencode(".png", noise(*shape))
        assert ok
        (tmp_path / "happy" / f"{name}.png").write_bytes(data.tobytes())
    samples = Folder(str(tmp_path), detector="any").load("all")
    assert samples.rows.tolist() == [1, 2]
    assert "1 x no face found" in caplog.text
    assert "happy/a.png" in caplog.text


def test_too_many_pictures_for_the_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(_cutting.np, "empty", full)
    with pytest.raises(SourceError, match="9,000 pictures do not fit"):
        _pictures._room(Cutter(112, colour=True, detector="", scale=1.0), 9000)


def test_a_memory_that_is_granted_but_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = face_sets.write(tmp_path / "meminfo", ["MemTotal: 9999999 kB", "MemAvailable:    300000 kB"])
    monkeypatch.setattr(_memory, "_MEMINFO", file)
    cutter = Cutter(112, colour=True, detector="", scale=1.0)
    with pytest.raises(SourceError, match=r"9,000 pictures take 0\.3 GiB, but 0\.3 GiB of memory are"):
        _pictures._room(cutter, 9000)
    assert len(_pictures._room(cutter, 8)) == 8
    monkeypatch.setattr(_memory, "_MEMINFO", tmp_path / "another system")
    assert len(_pictures._room(cutter, 9000)) == 9000


def test_a_real_detector_finds_the_portrait(tmp_path: Path, portrait: Image) -> None:
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "portrait.png").write_bytes(imageops.encode(portrait, ".png"))
    whole = Folder(str(tmp_path), side=96).load("all").images[0]
    cut = Folder(str(tmp_path), side=96, detector=_pictures.DETECTOR).load("all").images[0]
    template = imageops.resize(portrait[60:205, 158:303], 96, 96)  # where its face is known to be
    likeness = [
        np.corrcoef(imageops.gray(image).ravel(), imageops.gray(template).ravel())[0, 1]
        for image in (whole, cut)
    ]
    assert likeness[1] > likeness[0] + 0.2
