import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from face_points import write_model, write_set
from mien import imageops

Mien = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = write_set(tmp_path_factory.mktemp("data"), train=2, val=4)
    blank = np.full((120, 120, 3), 90, np.uint8)
    (where / "images" / "val_3.png").write_bytes(imageops.encode(blank, ".png"))
    return where


def test_people_read_tables(mien: Mien, folder: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "own.onnx")
    done = mien("evaluate", "landmarks", model, "--data", f"landmarks68:{folder}", "--detector", "haar")
    assert done.exit_code == 0, done.stderr
    for words in ("Error in %", "Error by region", "jaw", "frame to frame", "missed 1 of 4", "val_3.png"):
        assert words in " ".join(done.stdout.split())


def test_machines_read_json(mien: Mien, folder: Path, tmp_path: Path) -> None:
    model, file = write_model(tmp_path / "own.onnx"), tmp_path / "report.json"
    common = ("--data", f"landmarks68:{folder}", "--detector", "haar", "--split", "train", "--json")
    done = mien("evaluate", "landmarks", model, *common, "-")
    assert json.loads(done.stdout)["faces"] == 2
    assert mien("evaluate", "landmarks", model, *common, file).exit_code == 0
    assert json.loads(file.read_text("utf-8"))["landmarkers"].keys() == {str(model)}


def test_an_unknown_landmarker_is_refused(mien: Mien, folder: Path) -> None:
    done = mien("evaluate", "landmarks", "mien_86", "--data", f"landmarks68:{folder}", "--detector", "yunet")
    assert done.exit_code == 2
    assert "Unknown landmarker 'mien_86'. Did you mean mien_68?" in " ".join(done.stderr.split())
