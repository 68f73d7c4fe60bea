"""Places that only look like faces: found once, shown more often."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_discs import DISC, DrawnTeacher

from mien import registry
from mien.detectors.base import Detector
from mien.scenes.base import open_scenes
from mien.training.detection.compose import Composer
from mien.training.detection.mining import mined
from mien.training.detection.options import ComposeOptions
from mien.training.detection.pictures import Pictures, prepare
from mien.types import Box, Detection, Image

pytestmark = pytest.mark.train
NONE = Box(110, 60, 150, 110)
BLUE = (255, 30, 0)


class Misled(Detector):
    """Sees the disc, a part of it, and a face where there is none; nothing in the picture without a disc."""

    calls = 0

    def _find(self, image: Image) -> list[Detection]:
        Misled.calls += 1
        if not (image == (255, 0, 255)).all(axis=2).any():
            return []
        x1, y1, x2, y2 = DISC
        return [Detection(box, 0.5) for box in (Box(x1, y1, x2, y2), Box(x1 - 9, y1, x1 + 9, y2), NONE)]


@pytest.fixture
def pictures(set_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Pictures:
    scenes = open_scenes(f"coco:{set_folder / 'discs' / 'train.coco.json'}").load().scenes
    monkeypatch.setenv("MIEN_CACHE", str(set_folder / "mined"))
    monkeypatch.setattr(registry, "load", lambda family, name, **options: Misled())
    monkeypatch.setattr(Misled, "calls", 0)
    return prepare(scenes, DrawnTeacher(), set_folder / "cache")


def test_only_places_beside_every_known_face_are_kept(pictures: Pictures) -> None:
    found = mined(pictures, "misled")
    assert (found.path, found.sizes, found.sources) == (pictures.path, pictures.sizes, pictures.sources)
    assert [len(places) for places in found.mined] == [1] * 5 + [0]
    np.testing.assert_array_equal(found.mined[0], [[NONE.x1, NONE.y1, NONE.x2, NONE.y2]])


def test_pictures_are_looked_at_once(pictures: Pictures) -> None:
    first = mined(pictures, "misled")
    for once, again in zip(first.mined, mined(pictures, "misled").mined, strict=True):
        np.testing.assert_array_equal(once, again)
    assert Misled.calls == len(pictures)


def test_a_detector_that_errs_nowhere_leaves_nothing_to_mine(pictures: Pictures) -> None:
    last = {"sizes": pictures.sizes[5:], "offsets": pictures.offsets[5:], "faces": pictures.faces[5:]}
    errs_nowhere = mined(replace(pictures, sources=("even",), **last), "misled")
    assert [len(places) for places in errs_nowhere.mined] == [0]
    composer = Composer(errs_nowhere.open(), ComposeOptions(mined=1.0))
    image, _ = composer.picture(np.random.default_rng(0), 96)
    assert image.shape == (96, 96, 3)


def test_cuts_are_laid_around_mined_places(pictures: Pictures) -> None:
    one_tile = ComposeOptions(empty=0.0, grid_shares=(1.0, 0.0, 0.0, 0.0), paste=0.0)
    painted = _painted(mined(pictures, "misled"))
    assert _blue(painted, replace(one_tile, mined=1.0)) > 1.3 * _blue(painted, replace(one_tile, mined=0.0))


def test_pieces_laid_over_pictures_show_mined_places(pictures: Pictures) -> None:
    composer = Composer(_painted(mined(pictures, "misled")).open(), ComposeOptions())
    for seed in range(10):
        piece = composer._lookalike(np.random.default_rng(seed), 40, 50)
        assert piece.shape == (50, 40, 3)
        assert _share(piece) > 0.3


def _painted(pictures: Pictures) -> Pictures:
    """``pictures`` with their mined places blue."""
    pixels = np.array(np.memmap(pictures.path, np.uint8, "r"))
    for start, (height, width), places in zip(pictures.offsets, pictures.sizes, pictures.mined, strict=True):
        image = pixels[start : start + height * width * 3].reshape(height, width, 3)
        for x1, y1, x2, y2 in places.astype(int):
            image[y1:y2, x1:x2] = BLUE
    painted = replace(pictures, path=pictures.path.with_name("painted.pixels"))
    pixels.tofile(painted.path)
    return painted


def _blue(pictures: Pictures, options: ComposeOptions) -> float:
    """How much of forty composed pictures is blue."""
    composer = Composer(pictures.open(), options)
    shown = [composer.picture(np.random.default_rng(seed), 160)[0] for seed in range(40)]
    return float(np.mean([_share(image) for image in shown]))


def _share(image: Image) -> float:
    return float((np.abs(image.astype(int) - BLUE).max(axis=2) < 40).mean())
