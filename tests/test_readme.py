"""What the README shows is what happens."""

import contextlib
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mien import registry

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


@pytest.fixture
def folder(
    tmp_path: Path, portrait_file: Path, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where the README's commands find the files that they name."""
    (tmp_path / "photo.jpg").write_bytes(portrait_file.read_bytes())
    make_video("clip.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_python_prints_what_it_says(folder: Path) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block("python"), "<README>", "exec"), {})
    assert printed.getvalue() == block("text")


def test_the_commands_run(folder: Path) -> None:
    for line in block("sh").splitlines():
        arguments = line.split()
        assert arguments[0] == "mien"
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert {"faces.csv", "faces.mp4", "faces.html"} <= {path.name for path in folder.iterdir()}


def test_the_tree_names_what_is_there() -> None:
    for family in ("detectors", "trackers", "smoothers"):
        listed = re.search(rf"{family}/ +((?:\w+(?:, )?)+)", TEXT)
        assert listed is not None
        assert sorted(listed[1].split(", ")) == registry.names(family)


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_columns_are_all_described() -> None:
    from mien.sinks.base import COLUMNS

    described = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "columns.md").read_text("utf-8"), re.MULTILINE)
    assert tuple(described) == COLUMNS
