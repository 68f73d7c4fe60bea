"""Landmarkers that are known by heart, on drawn faces whose boxes a fake detector gives."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from face_points import template, write_model, write_set
from mien import imageops, registry
from mien.datasets import _landmarks68
from mien.errors import BadOption, SourceError, UnknownName, UsageError
from mien.evaluation import landmarks, landmarks_faces, plots_landmarks
from mien.testing import FakeDetector
from mien.types import Box, Detection

SETTINGS = {"scale": 1.0, "shift_y": 0.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("data"), train=2, val=6)


def square(points: Any) -> Box:
    """A square box around a face that `write_set` drew, in whose shares the points are `known`."""
    left, top, bottom = (float(value) for value in (*points.min(axis=0), points[:, 1].max()))
    return Box(left, top, left + bottom - top, bottom)


@pytest.fixture
def seeing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The detector finds all faces of the set but the second, as long as they come in order."""
    script = [[Detection(square(points), 0.9)] for points in _landmarks68.load("val", folder).points]
    script[1] = []
    load = registry.load

    def fake(family: str, name: str, **options: Any) -> Any:
        return FakeDetector(script) if family == "detectors" else load(family, name, **options)

    monkeypatch.setattr(landmarks.registry, "load", fake)


def known() -> Any:
    """The drawn face in shares of `square`."""
    points = template()
    low, high = points.min(axis=0), points.max(axis=0)
    height = (high - low)[1] * 1.1
    return (points - low) * np.array((1, 1.1)) / height


@pytest.mark.usefixtures("seeing")
def test_a_landmarker_that_is_right_has_no_error(folder: Path, tmp_path: Path) -> None:
    right = write_model(tmp_path / "right.onnx", points=known(), crop=SETTINGS)
    off = known()
    off[36:48, 0] += 0.1  # the eyes
    wrong = write_model(tmp_path / "wrong.onnx", points=off, crop=SETTINGS)
    seen: list[str] = []
    report = landmarks.evaluate(
        [str(right), str(wrong)],
        f"landmarks68:{folder}",
        detector="scripted",
        progress=lambda what, done, whole: seen.append(what),
    )
    best, other = report["landmarkers"].values()
    assert best["nme"] < 0.02  # boxes are cut at whole pixels
    assert report["faces"] == 6
    assert report["missed"] == ["val_1.png"]
    assert best["failure_rate"] == pytest.approx(1 / 6)
    assert best["auc"] > 0.6
    assert other["regions"]["eyes"] > 0.1
    assert other["regions"]["mouth"] == pytest.approx(best["regions"]["mouth"], abs=1e-4)
    assert other["worst"][0]["nme"] == max(row["nme"] for row in other["worst"])
    assert set(report["ms"]) == {str(right), str(wrong)}
    assert report["jitter"]["still"][str(right)]["frames"] > 0
    assert {"detection", "points", "times", "jitter"} <= set(seen)
    json.dumps(report, allow_nan=False)


def test_no_face_found_is_a_result(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_video: Any
) -> None:
    model = str(write_model(tmp_path / "own.onnx"))
    load = registry.load
    monkeypatch.setattr(
        landmarks.registry,
        "load",
        lambda family, name, **options: (
            FakeDetector([]) if family == "detectors" else load(family, name, **options)
        ),
    )
    video = make_video(frames=3)
    report = landmarks.evaluate([model], f"landmarks68:{folder}", videos=[video])
    row = report["landmarkers"][model]
    assert (row["nme"], row["failure_rate"], row["auc"]) == (None, 1.0, 0.0)
    assert len(report["missed"]) == 6
    assert report["jitter"][str(video)][model]["off"] is None


def test_a_box_elsewhere_is_not_the_face(folder: Path) -> None:
    portraits = _landmarks68.load("val", folder)
    found = landmarks_faces.find(portraits, FakeDetector([[Detection(Box(0, 0, 12, 12), 0.9)]]))
    assert found.places == ()
    assert found.missed == portraits.names


def test_what_does_not_exist_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="Landmarkers given: none"):
        landmarks.evaluate([])
    with pytest.raises(BadOption, match="each once"):
        landmarks.evaluate(["mien_68", "mien_68"])
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        landmarks.evaluate(["no landmarker"], videos=["gone.mp4"])
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UsageError, match="No plots can go to"):
        landmarks.evaluate(["no landmarker"], plots=tmp_path / "taken")
    with pytest.raises(UnknownName, match="set of facial points"):
        landmarks._portraits("wflw", "val")
    with pytest.raises(SourceError, match="nowhere"):
        landmarks._portraits(f"landmarks68:{tmp_path / 'nowhere'}", "val")


@pytest.mark.usefixtures("seeing")
def test_plots_are_drawn(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    model = write_model(tmp_path / "own.onnx", points=known(), crop=SETTINGS)
    landmarks.evaluate([str(model)], f"landmarks68:{folder}", detector="scripted", plots=tmp_path / "plots")
    drawn = {path.name for path in (tmp_path / "plots").iterdir()}
    assert {"errors.png", "regions.png"} < drawn
    (sheet,) = (tmp_path / "plots").glob("worst_*.jpg")
    assert imageops.read(sheet).shape == (plots_landmarks.TILE, 6 * plots_landmarks.TILE, 3)


def test_without_a_face_the_sheet_is_empty(folder: Path) -> None:
    found = landmarks_faces.Found(_landmarks68.load("val", folder), (), ())
    sheet = plots_landmarks.worst(found, np.empty((0, 68, 2), np.float32), np.empty(0, np.float32))
    assert not sheet.any()
