import math
import sys
import threading
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from mien.errors import SourceError
from mien.sources import _devices, _targets
from mien.sources.camera import Camera, cameras
from mien.types import Image


class FakeCapture:
    """OpenCV's capture as far as `Camera` uses it: a camera at each index of ``plugged``."""

    plugged: ClassVar[set[int]] = {0, 2}
    made: ClassVar[list["FakeCapture"]] = []
    frames_each: ClassVar[int | None] = None

    def __init__(self, index: int) -> None:
        self.index, self.released = index, threading.Event()
        self.settings: dict[int, float] = {cv2.CAP_PROP_FPS: 30.0}
        self.read_count = 0
        FakeCapture.made.append(self)

    def isOpened(self) -> bool:
        return self.index in self.plugged

    def read(self) -> tuple[bool, Image | None]:
        self.read_count += 1
        if self.frames_each is not None and self.read_count > self.frames_each:
            return False, None
        return True, np.full((6, 8, 3), self.index, np.uint8)

    def set(self, prop: int, value: float) -> bool:
        self.settings[prop] = value
        return True

    def get(self, prop: int) -> float:
        return self.settings.get(prop, 0.0)

    def release(self) -> None:
        self.released.set()


@pytest.fixture(autouse=True)
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two cameras, one of them with a second node for metadata."""
    folder = tmp_path / "video4linux"
    for node, index, name in (
        ("video0", 0, "Desk Cam"),
        ("video1", 1, "Desk Cam"),
        ("video2", 0, "Door Cam"),
    ):
        (folder / node).mkdir(parents=True)
        (folder / node / "name").write_text(f"{name}\n")
        (folder / node / "index").write_text(f"{index}\n")
    monkeypatch.setattr(_devices, "SYSFS", folder)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Camera, "capture", FakeCapture)
    monkeypatch.setattr(FakeCapture, "made", [])
    monkeypatch.setattr(FakeCapture, "frames_each", None)
    return folder


@pytest.mark.parametrize("target", [-1, 2**31, 10**30, "9" * 5000, "camera:2147483648"])
def test_an_index_that_no_camera_can_have_never_reaches_opencv(target: str | int) -> None:
    with pytest.raises(SourceError, match="give an index from 0 to 2147483647"):
        Camera(target)
    assert FakeCapture.made == []


@pytest.mark.parametrize(
    ("target", "index"),
    [(2, 2), ("2", 2), ("camera:2", 2), ("camera:Door Cam", 2), ("Desk Cam", 0), ("camera:door", 2)],
)
def test_a_camera_answers_to_index_and_name(target: str | int, index: int) -> None:
    assert Camera.accepts(target)
    with Camera(target) as source:
        frame = next(iter(source))
        assert source.info.name == f"camera:{index}"
    assert frame.image[0, 0, 0] == index
    assert frame.source == f"camera:{index}"


def test_a_file_with_a_cameras_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Desk Cam").touch()
    assert not Camera.accepts("Desk Cam")
    assert Camera.accepts("camera:Desk Cam")


def test_closing_frees_the_device() -> None:
    with Camera(0) as source:
        assert (source.info.width, source.info.height, source.info.rate) == (8, 6, 30)
    assert FakeCapture.made[0].released.wait(2)


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan])
def test_a_driver_that_does_not_know_its_rate(monkeypatch: pytest.MonkeyPatch, rate: float) -> None:
    monkeypatch.setattr(FakeCapture, "get", lambda capture, prop: rate)
    with Camera(0) as source:
        assert source.info.rate is None


def test_wishes_reach_the_device() -> None:
    with Camera(0, width=1280, height=720, rate=60.0) as source:
        settings = FakeCapture.made[0].settings
        assert settings[cv2.CAP_PROP_FRAME_WIDTH] == 1280
        assert settings[cv2.CAP_PROP_FRAME_HEIGHT] == 720
        assert cv2.CAP_PROP_FOURCC in settings
        assert source.info.rate == 60


def test_without_wishes_the_device_keeps_its_settings() -> None:
    with Camera(0):
        assert set(FakeCapture.made[0].settings) == {cv2.CAP_PROP_FPS}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (7, "Camera 7 cannot be opened"),
        ("camera:7", "Camera 7 cannot be opened"),
        ("camera:Nobody", "No camera is named 'Nobody'"),
        ("camera:", "No camera is named ''"),
        ("camera:cam", "Several cameras fit 'cam'"),
    ],
)
def test_an_absent_camera_names_those_found(target: str | int, reason: str) -> None:
    with pytest.raises(SourceError, match=rf"{reason}.* Cameras found: 0 \(Desk Cam\), 2 \(Door Cam\)"):
        Camera(target)


def test_where_no_camera_is_found_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_devices, "SYSFS", tmp_path / "absent")
    with pytest.raises(SourceError, match="No camera was found"):
        Camera(5)


def test_an_unplugged_camera_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeCapture, "frames_each", 3)
    with Camera(0, first_wait=0.01) as source:
        for _ in source:
            if source.reconnects == 2:
                break
    assert len(FakeCapture.made) >= 3
    assert all(capture.released.wait(2) for capture in FakeCapture.made)


def test_cameras_are_listed_without_their_metadata_nodes(devices: Path) -> None:
    assert cameras() == [(0, "Desk Cam"), (2, "Door Cam")]
    (devices / "video2" / "name").unlink()
    assert cameras() == [(0, "Desk Cam"), (2, "video2")]
    assert not FakeCapture.made


def test_elsewhere_the_first_indices_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    assert cameras() == [(0, "camera 0")]
    assert all(capture.released.is_set() for capture in FakeCapture.made)


def test_an_absent_camera_makes_no_noise(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Camera, "capture", cv2.VideoCapture)
    log: Any = getattr(cv2.utils, "logging", cv2)
    level = log.getLogLevel()
    with pytest.raises(SourceError):
        Camera(63)
    assert capfd.readouterr() == ("", "")
    assert log.getLogLevel() == level


def test_digits_of_other_scripts_are_no_index() -> None:
    assert not _targets.is_index("²")
    assert not _targets.is_index("٣")
