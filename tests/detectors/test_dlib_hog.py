"""dlib's detector, where its extra is installed, and what is said where it is not."""

import importlib
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import imageops, registry
from mien.errors import BadOption, MissingExtra
from mien.types import Image

NAME = "mien.detectors.dlib_hog"


def test_without_the_package_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    with pytest.raises(MissingExtra, match=r"dlib_hog.*mien\[dlib\]"):
        registry.load("detectors", "dlib_hog")
    assert "dlib_hog" in registry.names("detectors")


@pytest.fixture(scope="module")
def module() -> ModuleType:
    pytest.importorskip("dlib", reason="needs the extra dlib")
    return importlib.import_module(NAME)


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("option", ["long_side=40", "upsample=3", "upsample=-1", "score_threshold=1.2"])
def test_options_that_cannot_be(option: str) -> None:
    with pytest.raises(BadOption, match=f"dlib_hog: {option}"):
        registry.load("detectors", f"dlib_hog:{option}")


@pytest.mark.usefixtures("module")
def test_doubling_finds_smaller_faces(portrait: Image) -> None:
    small = np.zeros((300, 300, 3), np.uint8)
    small[:256, :256] = imageops.resize(portrait, 256, 256)  # a face of about 55 pixels
    assert not registry.load("detectors", "dlib_hog:upsample=0").detect(small)
    assert registry.load("detectors", "dlib_hog:upsample=1").detect(small)


@pytest.mark.usefixtures("module")
def test_the_threshold_is_one_of_the_score(portrait: Image) -> None:
    lax = registry.load("detectors", "dlib_hog:score_threshold=0.2").detect(portrait)
    assert len(lax) > 1
    for threshold in (0.4, 0.55, 0.9, 1.0):
        kept = registry.load("detectors", "dlib_hog", score_threshold=threshold).detect(portrait)
        assert [face.score for face in kept] == pytest.approx(
            [face.score for face in lax if face.score >= threshold]
        )


@given(st.floats(0, 1))
def test_score_and_sum_are_inverse(module: ModuleType, score: float) -> None:
    assert module._score(module._sum(score)) == pytest.approx(score, abs=2e-6)
