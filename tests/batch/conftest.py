from collections.abc import Iterator
from pathlib import Path

import pytest

from mien.imageops import encode
from mien.pipeline import Analyzer
from mien.testing import FakeClassifier, FakeDetector, blank_frame


@pytest.fixture
def analyzer() -> Iterator[Analyzer]:
    """Without models: one happy face in the middle of every picture."""
    with Analyzer(FakeDetector(), FakeClassifier(["happy"])) as made:
        yield made


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with two pictures, and a text that is no business of ours."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(encode(blank_frame(64, 48).image, ".png"))
    (folder / "notes.txt").write_text("not a picture", "utf-8")
    return folder
