import json
import logging
import sys
from pathlib import Path

import pytest

from mien import imageops
from mien.training import curves

FIRST = """epoch,learning_rate,step,train_accuracy,train_loss,val_accuracy,val_loss
0,,2,,,0.2,1.9
0,0.001,2,0.25,2.0,,
1,,5,,,0.3,1.8
1,0.003,5,0.35,nan,,
"""
RESUMED = """epoch,learning_rate,step,train_accuracy,train_loss,val_accuracy,val_loss
2,,8,,,0.0,1.7
2,0.002,8,0.45,1.6,,
"""


def write(out: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        folder = out / "metrics" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(text)
    return out


def test_a_resumed_training_is_one_training(tmp_path: Path) -> None:
    found = curves.read(write(tmp_path, FIRST, RESUMED))
    assert found["epoch"] == [0, 1, 2]
    assert found["val_accuracy"] == [0.2, 0.3, 0.0]
    assert found["train_loss"] == [2.0, None, 1.6]
    assert "step" not in found


def test_an_earlier_training_in_the_same_folder_is_another_one(tmp_path: Path) -> None:
    earlier = FIRST.replace("0.3", "0.9") + "2,,8,,,0.9,1.0\n"
    assert curves.read(write(tmp_path, earlier, FIRST, RESUMED))["val_accuracy"] == [0.2, 0.3, 0.0]


def test_a_copy_of_a_runs_folder_is_no_run(tmp_path: Path) -> None:
    out = write(tmp_path, FIRST, RESUMED)
    (out / "metrics" / "version_0").rename(out / "metrics" / "version_0 (first try)")
    assert curves.read(out)["epoch"] == [2]


@pytest.mark.parametrize("broken", ["2,", "2,0.00", "2,,8,,,0.0,1e-", "\0\0\0\0\0\n", "\0\0"])
def test_a_line_that_was_broken_off_is_left_out(tmp_path: Path, broken: str) -> None:
    assert curves.read(write(tmp_path, FIRST + broken))["epoch"] == [0, 1]
    assert curves.read(write(tmp_path / "resumed", FIRST + broken, RESUMED))["epoch"] == [0, 1, 2]


def test_numbers_and_picture_are_written(tmp_path: Path) -> None:
    found = curves.write(write(tmp_path, FIRST))
    assert json.loads((tmp_path / "curves.json").read_text()) == found
    picture = imageops.read(tmp_path / "curves.png")
    assert picture.shape[1] > 2 * picture.shape[0]  # losses and accuracies, side by side
    assert len({tuple(pixel) for pixel in picture.reshape(-1, 3)}) > 50


def test_without_matplotlib_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with caplog.at_level(logging.INFO):
        curves.write(write(tmp_path, FIRST))
    assert "mien[evaluate]" in caplog.text
    assert (tmp_path / "curves.json").is_file()
    assert not (tmp_path / "curves.png").exists()


def test_nothing_measured_is_nothing_drawn(tmp_path: Path) -> None:
    assert curves.write(tmp_path) == {}
    assert not (tmp_path / "curves.png").exists()
