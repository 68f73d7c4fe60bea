"""A data folder of made pictures."""

from pathlib import Path

import pytest
from made_discs import write_set


@pytest.fixture
def set_folder(tmp_path: Path) -> Path:
    """A data folder with ``discs/train`` (6 pictures) and ``discs/val`` (4)."""
    write_set(tmp_path / "discs", "train", 6)
    write_set(tmp_path / "discs", "val", 4)
    return tmp_path
