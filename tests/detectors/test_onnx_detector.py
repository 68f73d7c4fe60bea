"""Any detector's file with a card: made models whose answers are known, in both layouts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx makes the models (extra train)")

import made_detectors as made
from mien import artifact, card_rules, registry
from mien.cli import list as listing
from mien.detectors import onnx as runner
from mien.errors import BadOption, ModelError, UnknownName
from mien.pipeline import Analyzer
from mien.types import Image
from mien.web import catalogue
from mien.web.settings import Settings


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anchor-free, any size, looks at the blue channel."""
    return made.anchor_free(tmp_path_factory.mktemp("free") / "cells.onnx")


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Boxes and scores, 320 x 240, looks at the red channel."""
    return made.boxes_scores(tmp_path_factory.mktemp("fixed") / "places.onnx")


def picture(height: int, width: int, x: int, y: int, side: int, colour: tuple[int, int, int]) -> Image:
    """Black but for a square of ``colour`` at (x, y)."""
    image = np.zeros((height, width, 3), np.uint8)
    image[y : y + side, x : x + side] = colour
    return image


BLUE, RED, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_bright_cell_becomes_a_face(free: Path, stride: int, scale: int) -> None:
    """A picture of 640 x 384 pixels, or of twice that: in the second case, network pixels count double."""
    image = picture(384 * scale, 640 * scale, 160 * scale, 96 * scale, stride * scale, BLUE)
    (face,) = (
        found
        for found in registry.load("detectors", str(free), nms_threshold=1.0).detect(image)
        if found.box.width == pytest.approx(made.SIZE[0] * stride * scale)
    )
    x, y = 160 + made.CENTER[0] * stride, 96 + made.CENTER[1] * stride
    half_w, half_h = made.SIZE[0] * stride / 2, made.SIZE[1] * stride / 2
    expected = np.array((x - half_w, y - half_h, x + half_w, y + half_h)) * scale
    np.testing.assert_allclose(face.box.as_tuple(), expected, rtol=1e-5)
    assert face.score == pytest.approx(1 / (1 + np.exp(-made.STEEP * (255 - made.BRIGHT))), rel=1e-4)
    assert face.points is not None
    np.testing.assert_allclose(face.points, (made.POINTS * stride + (160, 96)) * scale, rtol=1e-5)


def test_a_place_over_the_threshold_becomes_a_face(fixed: Path) -> None:
    """640 x 360 fits into 320 x 240 by half; of the place at (3, 2) the upper part is looked at, too."""
    side = made.GRID * 2
    (face,) = registry.load("detectors", str(fixed)).detect(picture(360, 640, 3 * side, 2 * side, side, RED))
    expected = (3 * side, 1.5 * side, 3.5 * side, 2.5 * side)
    np.testing.assert_allclose(face.box.as_tuple(), expected, rtol=1e-5)
    assert face.score == pytest.approx(1 / (1 + np.exp(-10)), rel=1e-4)
    assert face.points is None


def test_each_takes_the_colours_of_its_card(free: Path, fixed: Path) -> None:
    blue, red = (picture(240, 320, 80, 80, 40, colour) for colour in (BLUE, RED))
    for path, seen, unseen in ((free, blue, red), (fixed, red, blue)):
        detector = registry.load("detectors", str(path))
        assert detector.detect(seen)
        assert not detector.detect(unseen)


def test_gray_input(tmp_path: Path) -> None:
    spec = {"width": 64, "height": 64, "colour": "gray", "mean": [0], "std": [1]}
    path = made.anchor_free(tmp_path / "gray.onnx", channels=1, sides=(64, 64), strides=[16], input=spec)
    detector = registry.load("detectors", str(path))
    assert detector.detect(picture(64, 64, 16, 16, 16, WHITE))
    assert not detector.detect(picture(64, 64, 16, 16, 16, BLUE))


@pytest.mark.parametrize(
    ("size", "scale"), [((60, 80), 2), ((240, 320), 1), ((480, 320), 0.5), ((240, 1280), 0.25)]
)
def test_a_fixed_size_keeps_the_shape_and_enlarges_twice_at_most(
    fixed: Path, size: tuple[int, int], scale: float
) -> None:
    """The place in the corner is seen at any scale: its box tells the scale."""
    (face, *_) = registry.load("detectors", str(fixed)).detect(np.full((*size, 3), RED, np.uint8))
    assert face.box.as_tuple() == pytest.approx((0, 0, made.GRID / 2 / scale, made.GRID / 2 / scale))


def test_the_padding_is_black_also_where_pixels_are_scaled(fixed: Path) -> None:
    """A white picture of 320 x 160: places under it see nothing, also after a picture that covered them."""
    detector = registry.load("detectors", str(fixed))
    whole, half = (np.full((height, 320, 3), 255, np.uint8) for height in (240, 160))
    assert len(detector.detect(whole)) == 48
    assert len(detector.detect(half)) == 32


def test_a_box_half_outside_is_cut_and_its_points_stay(free: Path) -> None:
    (face,) = registry.load("detectors", str(free)).detect(picture(320, 640, 0, 0, 8, BLUE))
    assert face.box.as_tuple() == pytest.approx((0, 0, 20, 26))
    assert face.points is not None
    np.testing.assert_allclose(face.points, made.POINTS * 8, rtol=1e-5)


def test_thresholds_are_the_cards_unless_given(tmp_path: Path) -> None:
    image = picture(320, 640, 64, 64, 16, (220, 0, 0))  # four cells, each with a score of 0.88
    spec = {"layout": "anchor_free", "strides": [8], "score_threshold": 0.9, "nms_threshold": 0.2}
    path = str(made.anchor_free(tmp_path / "strict.onnx", strides=[8], detection=spec))
    assert registry.load("detectors", path).detect(image) == []
    assert len(registry.load("detectors", f"{path}:score_threshold=0.85").detect(image)) == 1
    lax = registry.load("detectors", f"{path}:score_threshold=0.85,nms_threshold=0.99")
    assert len(lax.detect(image)) == 4
    assert len(registry.load("detectors", path, score_threshold=0.0, nms_threshold=1.0).detect(image)) > 1000
    assert registry.load("detectors", path, score_threshold=1.0).detect(image) == []


def test_long_side_is_what_the_network_sees(free: Path) -> None:
    """A square of one cell at 640 is half a cell at 320: too dark there."""
    image = picture(360, 640, 160, 96, 8, BLUE)
    assert registry.load("detectors", f"{free}:long_side=640").detect(image)
    assert not registry.load("detectors", f"{free}:long_side=320").detect(image)


def test_the_card_says_the_long_side_unless_the_option_does(tmp_path: Path) -> None:
    image = picture(360, 640, 160, 96, 8, BLUE)
    small = made.anchor_free(
        tmp_path / "small.onnx", detection={"layout": "anchor_free", "strides": [8, 16, 32], "long_side": 320}
    )
    assert not registry.load("detectors", str(small)).detect(image)
    assert registry.load("detectors", f"{small}:long_side=640").detect(image)


@pytest.mark.parametrize("option", ["long_side=8", "threads=0", "score_threshold=2", "nms_threshold=-1"])
def test_options_that_cannot_be(free: Path, option: str) -> None:
    with pytest.raises(BadOption, match=f"cells: {option}"):
        registry.load("detectors", f"{free}:{option}")


def test_the_record_knows_its_file(free: Path) -> None:
    assert registry.load("detectors", str(free)).weights == free


def test_an_installed_file_is_a_name() -> None:
    made.boxes_scores(artifact.models_folder() / "places.onnx")
    assert "places" in registry.names("detectors")
    assert "onnx" not in registry.names("detectors")
    options = {option.name: option for option in registry.schema("detectors", "places")}
    assert set(options) == {"long_side", "score_threshold", "nms_threshold", "threads"}
    assert options["score_threshold"].type is float
    assert options["score_threshold"].optional
    assert registry.load("detectors", "places:score_threshold=none,threads=1").card.name == "places"
    with pytest.raises(UnknownName, match="Did you mean places"):
        registry.load("detectors", "place")
    with pytest.raises(UnknownName, match=r"option of places 'score'.*score_threshold"):
        registry.load("detectors", "places:score=0.4")
    with pytest.raises(UnknownName, match="option of places 'model'"):
        registry.load("detectors", "places:model=other.onnx")


def test_a_classifier_is_no_detector() -> None:
    with pytest.raises(ModelError, match="a model for 'expression', not for 'detection'"):
        registry.load("detectors", str(artifact.BUNDLED / "mini_xception.onnx"))


def test_every_layout_has_its_rules() -> None:
    assert runner.LAYOUTS.keys() == card_rules.STRIDES.keys()


def test_bytes_must_match_the_card(tmp_path: Path) -> None:
    path = made.anchor_free(tmp_path / "a.onnx", sha256="0" * 64)
    with pytest.raises(ModelError, match="SHA-256"):
        registry.load("detectors", str(path))


FREE = {"width": 0, "height": 0, "colour": "bgr", "mean": [0, 0, 0], "std": [1, 1, 1]}


@pytest.mark.parametrize(
    ("model", "card", "complaint"),
    [
        ({"channels": 1}, {}, r"takes input of shape \(None, 1, None, None\).*states \(1, 3, None, None\)"),
        ({"sides": (64, 64)}, {}, r"\(None, 3, 64, 64\)"),
        ({"sides": (64, 64)}, {"input": {**FREE, "width": 96, "height": 64}}, r"states \(1, 3, 64, 96\)"),
        ({"values": 5}, {}, r"layout = 'anchor_free' expects stride_8, stride_16, stride_32"),
        ({}, {"detection": {"layout": "anchor_free", "strides": [8, 64]}}, "expects stride_8, stride_64"),
        (
            {},
            {"detection": {"layout": "anchor_free", "strides": [8, 16]}},
            "expects stride_8, stride_16, each",
        ),
        ({}, {"detection": {"layout": "boxes_scores"}}, r"expects scores \(1, N, 2\), boxes \(1, N, 4\)"),
    ],
)
def test_a_file_that_does_not_fit_its_card(
    tmp_path: Path, model: dict[str, Any], card: dict[str, Any], complaint: str
) -> None:
    path = made.anchor_free(tmp_path / "misfit.onnx", **model, **card)
    with pytest.raises(ModelError, match=f"misfit.onnx.*{complaint}"):
        registry.load("detectors", str(path))


@pytest.mark.parametrize("ends", [(3, 4), (2, 3)])
def test_boxes_and_scores_of_another_size(tmp_path: Path, ends: tuple[int, int]) -> None:
    path = made.boxes_scores(tmp_path / "misfit.onnx", ends=ends)
    with pytest.raises(ModelError, match="layout = 'boxes_scores' expects"):
        registry.load("detectors", str(path))


def test_a_card_without_its_part_is_refused(free: Path) -> None:
    whole = artifact.load(str(free), "detection")
    with pytest.raises(ModelError, match=r"cells\.onnx' has no 'detection'"):
        runner.OnnxDetector(replace(whole, card=replace(whole.card, detection=None)))


def test_lists_and_the_pages_catalogue_show_it() -> None:
    made.anchor_free(artifact.models_folder() / "cells.onnx", description="what is bright", rights="CC0")
    (entry,) = (entry for entry in listing.entries("detectors") if entry["name"] == "cells")
    assert "problem" not in entry
    assert (entry["description"], entry["rights"], entry["input"]) == (
        "what is bright",
        "CC0",
        "any size bgr",
    )
    offered = {found["name"]: found for found in catalogue.models(Settings())["detectors"]}
    options = {option["name"]: option["default"] for option in offered["cells"]["options"]}
    assert options == {"long_side": None, "score_threshold": None, "nms_threshold": None, "threads": 1}


def test_the_pipeline_takes_a_path_with_options(free: Path) -> None:
    image = picture(360, 640, 160, 96, 32, BLUE)
    with Analyzer(detector=f"{free}:nms_threshold=0.1") as looking:
        result = looking.analyze(image)
        assert result.faces
        assert all(face.points is not None and face.expression for face in result.faces)
        with pytest.raises(BadOption, match="float32"):
            looking.analyze(image.astype(np.float32))
        assert looking.analyze(image[:, :, 0]).width == 640


def test_the_card_makes_the_models_boxes_tight(tmp_path: Path) -> None:
    plain = {"layout": "anchor_free", "strides": [8]}
    tight = {**plain, "box_width": 0.5, "box_height": 0.8, "box_shift_y": 0.1}
    image = picture(320, 640, 64, 64, 8, (255, 0, 0))
    whole_path = made.anchor_free(tmp_path / "whole.onnx", strides=[8], detection=plain)
    cut_path = made.anchor_free(tmp_path / "cut.onnx", strides=[8], detection=tight)
    (whole,) = registry.load("detectors", str(whole_path)).detect(image)
    (cut,) = registry.load("detectors", str(cut_path)).detect(image)
    assert cut.box.y2 == pytest.approx(whole.box.y2), "half of what is cut goes down with the middle"
    assert cut.box.height == pytest.approx(0.8 * whole.box.height)
    assert cut.box.width == pytest.approx(0.5 * whole.box.width)
    assert cut.box.center[0] == pytest.approx(whole.box.center[0])
    np.testing.assert_array_equal(cut.points, whole.points)
