"""dlib's points, by predictors that the tests train themselves."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("dlib")

import dlib_predictor
import mien.landmarkers
from face_points import draw, place, template
from mien import registry
from mien.errors import BadOption, MissingExtra, ModelError
from mien.landmarkers.dlib_68 import rectangle
from mien.types import Box, Floats, Image


def faces(count: int = 12) -> list[tuple[Image, Box, Floats]]:
    random, made = np.random.default_rng(1), []
    for _ in range(count):
        left, top, size = random.uniform(10, 40), random.uniform(10, 30), random.uniform(60, 75)
        box = Box(left, top, left + size, top + 1.2 * size)
        made.append((draw(place(template(), box)), box, place(template(), box)))
    return made


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dlib_predictor.train(tmp_path_factory.mktemp("dlib") / "points é.dat", faces())


def test_it_finds_the_points_that_it_was_taught(weights: Path) -> None:
    landmarker = registry.load("landmarkers", f"dlib_68:weights={weights}")
    assert landmarker.weights == weights
    for picture, box, points in faces(4):
        found = landmarker.locate(picture, box)
        assert np.linalg.norm(found - points, axis=1).mean() < 0.06 * box.width


def test_without_weights_it_asks_for_them() -> None:
    with pytest.raises(BadOption, match=r"dlib_68:weights=VALUE.*300-W.* exclude commercial use"):
        registry.load("landmarkers", "dlib_68")


def test_a_missing_file_says_where_it_comes_from_and_its_terms(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.dat.*dlib\.net.*commercial"):
        registry.load("landmarkers", "dlib_68", weights=str(tmp_path / "nowhere.dat"))


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "foreign.dat").write_bytes(b"no predictor")
    with pytest.raises(ModelError, match=r"foreign\.dat' is no shape predictor"):
        registry.load("landmarkers", "dlib_68", weights=str(tmp_path / "foreign.dat"))


def test_a_predictor_of_five_points_is_refused(tmp_path: Path) -> None:
    path = dlib_predictor.train(tmp_path / "five.dat", faces(4), count=5)
    with pytest.raises(ModelError, match="finds 5 points, not 68"):
        registry.load("landmarkers", "dlib_68", weights=str(path))


def test_without_dlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "mien.landmarkers.dlib_68"
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(mien.landmarkers, "dlib_68", raising=False)
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(MissingExtra, match=r"mien\[dlib\]"):
        importlib.import_module(name)


def test_the_rectangle_is_a_square_within_the_box() -> None:
    square = rectangle(Box(100, 50, 180, 150))
    assert square.width() == square.height() == 80
    assert (square.left() + square.right() + 1) / 2 == 140
    assert (square.top() + square.bottom() + 1) / 2 == 105
