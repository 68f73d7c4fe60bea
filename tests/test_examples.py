"""Every example is short and runs as a user would run it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
MAX_LINES = 15


def run(name: str, target: Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), str(target)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_short(path: Path) -> None:
    code = path.read_text("utf-8")
    assert code.count("\n") <= MAX_LINES
    assert path.name in code.splitlines()[0]


def test_picture(portrait_file: Path, tmp_path: Path) -> None:
    assert run("picture.py", portrait_file, tmp_path).startswith("Box(x1=1")


def test_classify(portrait_file: Path, tmp_path: Path) -> None:
    assert "'happy': " in run("classify.py", portrait_file, tmp_path)


def test_video(make_video: Callable[..., Path], tmp_path: Path) -> None:
    assert "person 1: " in run("video.py", make_video(), tmp_path)


def test_own_frames(make_video: Callable[..., Path], tmp_path: Path) -> None:
    assert run("own_frames.py", make_video(), tmp_path).count("person 1: ") > 10


def test_two_outputs(make_video: Callable[..., Path], tmp_path: Path) -> None:
    assert "20 frames" in run("two_outputs.py", make_video(), tmp_path)
    assert (tmp_path / "faces.csv").stat().st_size > 500
    assert (tmp_path / "faces.mp4").stat().st_size > 500
