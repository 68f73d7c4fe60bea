import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import imageops, registry
from mien.detectors import haar
from mien.detectors.haar import Haar
from mien.errors import BadOption, ModelError
from mien.types import Image


@pytest.mark.parametrize(
    "options",
    [
        "long_side=8",
        "scale_factor=1",
        "scale_factor=nan",
        "scale_factor=inf",
        "min_neighbors=-1",
        "min_neighbors=99999999999",
        "min_size=2",
    ],
)
def test_options_that_cannot_be(options: str) -> None:
    with pytest.raises(BadOption, match=options):
        registry.load("detectors", f"haar:{options}")


def test_opencv_without_cascades_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(ModelError, match="opencv-python-headless"):
        Haar()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot read"),
        ("<?xml version='1.0'?><opencv_storage><empty/></opencv_storage>", "cannot read"),
        ("<?xml version='1.0'?><opencv_storage><a><b>1</b></a></opencv_storage>", "holds no cascade"),
    ],
)
def test_a_damaged_cascade_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, reason: str
) -> None:
    if text is not None:
        (tmp_path / "haarcascade_frontalface_default.xml").write_text(text, "utf-8")
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path))
    with pytest.raises(ModelError, match=reason):
        Haar()


def test_a_folder_outside_the_code_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, portrait: Image
) -> None:
    name = "haarcascade_frontalface_default.xml"
    (tmp_path / "顔").mkdir()
    (tmp_path / "顔" / name).write_bytes((Path(cv2.data.haarcascades) / name).read_bytes())
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path / "顔"))
    assert Haar().detect(portrait)


def test_smallest_face(portrait: Image) -> None:
    assert Haar(min_size=0.1).detect(portrait)
    assert not Haar(min_size=0.5).detect(portrait)


@given(st.floats(-60, 60), st.floats(-60, 60))
def test_the_score_grows_with_the_cascades_sum(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert 0 <= haar._score(low) <= haar._score(high) <= 1


def test_more_neighbors_find_less(portrait: Image) -> None:
    noisy = np.clip(portrait + np.random.default_rng(3).normal(0, 40, portrait.shape), 0, 255).astype(
        np.uint8
    )
    counts = [len(Haar(min_neighbors=count).detect(noisy)) for count in (0, 3, 60)]
    assert counts[0] > counts[1] >= counts[2] == 0


def test_quick_enough_for_a_camera(portrait: Image) -> None:
    """640 x 480 within 40 ms of one core's time, so that a camera's 25 frames a second are met."""
    picture = imageops.resize(portrait, 640, 480)
    detector = Haar()
    detector.detect(picture)
    spent = []
    for _ in range(9):
        begin = time.thread_time()
        detector.detect(picture)
        spent.append(time.thread_time() - begin)
    assert min(spent) < 0.04
