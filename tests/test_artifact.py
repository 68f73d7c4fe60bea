import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mien import artifact
from mien.errors import ModelError, UnknownName

CARD: dict[str, Any] = {
    "name": "own",
    "task": "expression",
    "runner": "onnx",
    "labels": ["sad", "happy"],
    "input": {"width": 48, "height": 48, "colour": "gray", "mean": [128.0], "std": [64.0]},
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Put a model named ``name`` with ``CARD`` and the changes into the user's models folder."""

    def put(name: str = "own", model: bytes = b"model", **changes: Any) -> Path:
        folder = artifact.models_folder()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.onnx"
        path.write_bytes(model)
        path.with_suffix(".json").write_text(json.dumps({**CARD, **changes}), "utf-8")
        return path

    return put


def test_a_model_is_found_by_name_and_by_path(write: Write) -> None:
    path = write()
    assert artifact.available("expression")["own"] == path
    assert artifact.load("own", "expression") == artifact.load(str(path), "expression")


def test_the_users_own_model_comes_before_the_bundled(write: Write) -> None:
    bundled = artifact.available("expression")
    for name in bundled:
        assert artifact.available("expression")[name].parent in (artifact.BUNDLED, artifact.CHECKOUT)
        assert write(name) == artifact.available("expression")[name]


def test_large_models_of_a_checkout_are_found_after_all_others(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "CHECKOUT", tmp_path / "weights")
    write("large").parent.rename(artifact.CHECKOUT)
    assert artifact.available("expression")["large"] == artifact.CHECKOUT / "large.onnx"
    assert artifact.load("large", "expression").path.parent == artifact.CHECKOUT
    assert write("large") == artifact.available("expression")["large"]


def test_a_name_may_have_a_dot(write: Write) -> None:
    path = write("own.int8")
    assert {"own.int8": path}.items() <= artifact.available("expression").items()
    assert artifact.load("own.int8", "expression").path == path


def test_an_unreadable_card_is_not_offered_and_does_not_hide_others(write: Write) -> None:
    write("good")
    write("broken").with_suffix(".json").write_text("{", "utf-8")
    write("list").with_suffix(".json").write_text("[]", "utf-8")
    (artifact.models_folder() / "bare.onnx").write_bytes(b"")
    names = artifact.available("expression")
    assert "good" in names
    assert not {"broken", "list", "bare"} & names.keys()


def test_defaults_fill_what_a_card_leaves_out(write: Write) -> None:
    card = artifact.load(str(write()), "expression").card
    assert card.crop == artifact.CropSpec()
    assert card.calibration.temperature == 1.0
    assert card.output == "logits"


def test_a_card_survives_its_own_json(write: Write, tmp_path: Path) -> None:
    card = artifact.load(str(write()), "expression").card
    copy = tmp_path / "copy.json"
    copy.write_text(card.as_json(), "utf-8")
    assert artifact.read_card(copy) == card


SPEC = CARD["input"]
NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"input": {**SPEC, "colour": "cmyk"}}, "input.colour = 'cmyk': give gray or bgr or rgb"),
        ({"input": {**SPEC, "colour": ["gray"]}}, "input.colour"),
        ({"input": {**SPEC, "mean": [1.0, 2.0]}}, "2 means and 1 deviations for 1 channels"),
        ({"input": {**SPEC, "mean": ["x"]}}, "input.mean"),
        ({"input": {**SPEC, "mean": [NAN]}}, "input.mean"),
        ({"input": {**SPEC, "std": [0.0]}}, r"input.std = \[0.0\]: give a list with one number over 0"),
        ({"input": {**SPEC, "std": [None]}}, "input.std"),
        ({"input": {**SPEC, "width": 0}}, "input.width = 0"),
        ({"input": {**SPEC, "height": "48"}}, "input.height = '48'"),
        ({"input": {**SPEC, "widht": 48}}, "input.widht'. Did you mean input.width"),
        ({"input": {"width": 48}}, "lacks 'input.colour', 'input.height', 'input.mean', 'input.std'"),
        (
            {"input": {**SPEC, "equalize": "auto"}},
            "input.equalize = 'auto': give '' or 'histogram' or 'clahe'",
        ),
        ({"input": "gray"}, "input = 'gray'"),
        ({"crop": {"scale": -1}}, "crop.scale = -1"),
        ({"crop": {"shift_y": "up"}}, "crop.shift_y = 'up'"),
        ({"crop": 3}, "crop = 3"),
        ({"calibration": {"temperature": 0}}, "calibration.temperature = 0: give a number over 0"),
        ({"calibration": {"unsure_below": 7}}, "calibration.unsure_below = 7"),
        ({"calibration": None}, "calibration = None"),
        ({"output": "guess"}, "output = 'guess'"),
        ({"labels": "sad"}, "labels = 'sad'"),
        ({"labels": ["sad", "sad"]}, "labels"),
        ({"labels": [1, 2]}, "labels"),
        ({"runner": 3}, "runner = 3"),
        ({"parameters": "many"}, "parameters = 'many'"),
        ({"data": 3}, "data = 3"),
        ({"data": [{"name": "FER2013", "use": None}]}, "'use': None"),
        ({"sha256": 3}, "sha256 = 3"),
        ({"surplus": 1}, "Unknown field 'surplus'"),
    ],
)
def test_each_fault_of_a_card_is_named(write: Write, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        artifact.load(str(write(**changes)), "expression")


def test_how_light_is_evened_out_is_kept_and_means_nothing_to_detectors(
    write: Write, write_detector: Write
) -> None:
    assert artifact.load(str(write()), "expression").card.input.equalize == ""
    even = artifact.load(str(write(input={**SPEC, "equalize": "clahe"})), "expression").card
    assert even.input.equalize == json.loads(even.as_json())["input"]["equalize"] == "clahe"
    own = json.loads(write_detector().with_suffix(".json").read_text("utf-8"))["input"]
    with pytest.raises(ModelError, match=r"input\.equalize = 'clahe', but detectors"):
        artifact.load(str(write_detector(input={**own, "equalize": "clahe"})), "detection")


@pytest.mark.parametrize("missing", ["labels", "input", "name"])
def test_a_missing_field_is_named(write: Write, missing: str) -> None:
    path = write()
    rest = {key: value for key, value in CARD.items() if key != missing}
    path.with_suffix(".json").write_text(json.dumps(rest), "utf-8")
    with pytest.raises(ModelError, match=missing):
        artifact.load(str(path), "expression")


@pytest.mark.parametrize("text", ["[]", "3", '"card"', "null"])
def test_a_card_is_an_object(write: Write, text: str) -> None:
    path = write()
    path.with_suffix(".json").write_text(text, "utf-8")
    with pytest.raises(ModelError, match="no JSON object"):
        artifact.load(str(path), "expression")


def test_a_card_that_is_no_text_is_refused(write: Write) -> None:
    path = write()
    path.with_suffix(".json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="Cannot read the card"):
        artifact.load(str(path), "expression")


def test_a_model_without_a_card_or_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No model file"):
        artifact.load(str(tmp_path / "absent.onnx"), "expression")
    (tmp_path / "bare.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"No card.*docs/cards\.md"):
        artifact.load(str(tmp_path / "bare.onnx"), "expression")
    with pytest.raises(UnknownName, match="nothing_like_it"):
        artifact.load("nothing_like_it", "expression")


def test_a_model_for_another_task_is_refused(write: Write) -> None:
    with pytest.raises(ModelError, match="landmarks"):
        artifact.load(str(write(task="landmarks")), "expression")


def test_bytes_must_match_the_sum_on_the_card(write: Write) -> None:
    assert artifact.load(str(write()), "expression").read() == b"model"
    with pytest.raises(ModelError, match="SHA-256"):
        artifact.load(str(write(sha256="0" * 64)), "expression").read()
    capitals = hashlib.sha256(b"model").hexdigest().upper()  # as Windows states it
    assert artifact.load(str(write(sha256=capitals)), "expression").read() == b"model"


DETECTOR: dict[str, Any] = {
    "name": "faces",
    "task": "detection",
    "runner": "onnx",
    "input": {"width": 0, "height": 0, "colour": "bgr", "mean": [0, 0, 0], "std": [1, 1, 1]},
    "detection": {"layout": "anchor_free", "strides": [8, 16, 32]},
}
READER: dict[str, Any] = {
    "detection": {"layout": "anchors", "strides": [8, 16], "anchors": [[[10, 13.5]], [[30, 61]]]},
    "labels": ["happy", "sad"],
}


def with_anchors(anchors: Any) -> dict[str, Any]:
    return {**READER, "detection": {**READER["detection"], "anchors": anchors}}


FREE, FIXED = DETECTOR["input"], {**DETECTOR["input"], "width": 320, "height": 240}


@pytest.fixture
def write_detector(tmp_path: Path) -> Write:
    def put(**changes: Any) -> Path:
        path = tmp_path / "faces.onnx"
        path.write_bytes(b"model")
        values = {key: value for key, value in {**DETECTOR, **changes}.items() if value is not None}
        path.with_suffix(".json").write_text(json.dumps(values), "utf-8")
        return path

    return put


@pytest.mark.parametrize(
    ("changes", "size", "strides"),
    [
        ({}, "any size", (8, 16, 32)),
        ({"input": FIXED, "detection": {"layout": "boxes_scores"}}, "320x240", ()),
        ({"detection": {"layout": "boxes_scores", "strides": []}}, "any size", ()),
    ],
)
def test_a_detectors_card(
    write_detector: Write, tmp_path: Path, changes: dict[str, Any], size: str, strides: tuple[int, ...]
) -> None:
    card = artifact.load(str(write_detector(**changes)), "detection").card
    assert card.detection is not None
    assert (card.input.size, card.detection.strides) == (size, strides)
    assert (card.detection.score_threshold, card.detection.nms_threshold) == (0.6, 0.3)
    copy = tmp_path / "copy.json"
    copy.write_text(card.as_json(), "utf-8")
    assert artifact.read_card(copy) == card


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"detection": None}, "lacks 'detection'"),
        ({"detection": {}}, "lacks 'detection.layout'"),
        ({"detection": 3}, "detection = 3"),
        (
            {"detection": {"layout": "boxes"}},
            "detection.layout = 'boxes': give anchor_free or anchors or boxes_scores",
        ),
        ({"detection": {"layout": "anchor_free"}}, r"detection.strides = \[\] .*'anchor_free': give those"),
        (
            {"detection": {"layout": "boxes_scores", "strides": [8]}},
            r"\[8\] .*'boxes_scores': leave them out",
        ),
        ({"detection": {"layout": "anchor_free", "strides": [16, 8]}}, r"strides = \[16, 8\]"),
        ({"detection": {"layout": "anchor_free", "strides": [8], "score_threshold": 2}}, "threshold = 2"),
        ({"detection": {"layout": "anchor_free", "strides": [8], "nms": 0.3}}, "detection.nms'"),
        ({"input": FIXED}, "320 x 240 pixels: give multiples of the largest stride, 32"),
        ({"input": {**FREE, "width": 64}}, "input.height = 0: give pixels over 0, or 0 for both"),
        ({"input": {**FREE, "width": False}}, "input.width = False"),
        (
            {"labels": ["a", "b"]},
            "'labels', which means nothing to a model for 'detection' with layout = 'anchor_f",
        ),
        ({"calibration": {}}, "'calibration', which means nothing to a model for 'detection'"),
        (READER | {"labels": None}, "lacks 'labels'"),
        (READER | {"crop": {}}, "'crop', which means nothing"),
        (
            READER | {"detection": {"layout": "anchors", "strides": [8, 16]}},
            r"anchors = \[\] .*: give 2 rows",
        ),
        ({"detection": {**READER["detection"], "strides": [8]}, "labels": ["a", "b"]}, "give 1 rows"),
        ({"detection": {**READER["detection"], "layout": "anchor_free"}}, "'anchor_free': leave them out"),
        (
            with_anchors([[[1, 2]], [[3, -4]]]),
            "anchors = .*: give.*pairs",
        ),
        (with_anchors([[[1, 2]], []]), "anchors = .*: give.*pairs"),
        (with_anchors([[[1, 2, 3]], [[1, 2]]]), "anchors = .*: give"),
        (with_anchors([[[1, 2]], [[1, 2], [3, 4]]]), "as many pairs"),
        ({"crop": {}}, "'crop', which means nothing"),
        ({"task": "faces"}, "task = 'faces': give expression or detection or landmarks"),
        ({"task": ["detection"]}, "task = "),
    ],
)
def test_each_fault_of_a_detectors_card(
    write_detector: Write, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ModelError, match=complaint):
        artifact.load(str(write_detector(**changes)), "detection")


def test_the_card_of_a_detector_that_reads_expressions(write_detector: Write, tmp_path: Path) -> None:
    card = artifact.load(str(write_detector(**READER, calibration={"temperature": 1.5})), "detection").card
    assert card.detection is not None
    assert card.detection.anchors == (((10, 13.5),), ((30, 61),))
    assert (card.labels, card.calibration.temperature) == (("happy", "sad"), 1.5)
    (tmp_path / "copy.json").write_text(card.as_json(), "utf-8")
    assert artifact.read_card(tmp_path / "copy.json") == card


def test_a_card_without_anchors_does_not_mention_them(write_detector: Write) -> None:
    values = json.loads(artifact.load(str(write_detector()), "detection").card.as_json())
    assert "anchors" not in values["detection"]
    assert "labels" not in values


def test_an_expression_card_says_nothing_of_detection() -> None:
    text = (artifact.BUNDLED / "mini_xception.json").read_text("utf-8")
    card = artifact.load("mini_xception", "expression").card
    assert json.loads(card.as_json()) == json.loads(text)
    assert list(json.loads(card.as_json())) == list(json.loads(text))
