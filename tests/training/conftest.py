"""A data set of a few made faces in FER2013's published form."""

from pathlib import Path

import numpy as np
import pytest

SIDE = 48


@pytest.fixture(scope="session")
def faces_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 96 Training and 35 PublicTest rows; a dark stripe's place is the label."""
    random = np.random.default_rng(5)
    lines = ["emotion,pixels,Usage"]
    for split, count in (("Training", 96), ("PublicTest", 35)):
        for number in range(count):
            label = number % 7
            picture = random.integers(120, 200, (SIDE, SIDE))
            picture[label * 6 : label * 6 + 6] -= 100
            lines.append(f"{label},{' '.join(map(str, picture.ravel()))},{split}")
    folder = tmp_path_factory.mktemp("data")
    (folder / "fer2013").mkdir()
    (folder / "fer2013" / "fer2013.csv").write_text("\n".join(lines) + "\n")
    (folder / "fer2013" / "row_flags.csv").write_text("row,exact_dup_in_training\n96,1\n100,1\n")
    return folder


@pytest.fixture
def made_faces(faces_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`faces_folder`, found as the data folder."""
    monkeypatch.setenv("MIEN_DATA", str(faces_folder))
    return faces_folder
