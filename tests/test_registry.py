import json
import subprocess
import sys

import pytest

from mien import artifact, registry
from mien.errors import BadOption, ModelError, UnknownName


def test_names_are_file_stems() -> None:
    assert {"haar", "yunet"} <= set(registry.names("detectors"))
    assert "base" not in registry.names("detectors")
    assert "onnx" not in registry.names("classifiers")
    assert registry.names("sources") == ["camera", "images", "network", "video"]


def test_listing_imports_no_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mien.detectors.yunet", raising=False)
    registry.names("detectors")
    assert "mien.detectors.yunet" not in sys.modules


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean haar"):
        registry.load("detectors", "har")
    with pytest.raises(UnknownName, match=r"Unknown detector 'onnx'.*or the path of an \.onnx file"):
        registry.load("detectors", "onnx")
    with pytest.raises(UnknownName, match="Unknown classifier 'mini_exception'"):
        registry.load("classifiers", "mini_exception")
    with pytest.raises(UnknownName, match="Unknown family"):
        registry.names("detector")
    with pytest.raises(UnknownName, match="scale_factor"):
        registry.load("detectors", "haar:scale_facto=1.2")


@pytest.mark.parametrize(
    ("text", "name", "options"),
    [
        ("haar", "haar", {}),
        ("haar:a=1,b=x y", "haar", {"a": "1", "b": "x y"}),
        (r"C:\models\own.onnx", r"C:\models\own.onnx", {}),
        (r"yunet:weights=C:\models\y.onnx", "yunet", {"weights": r"C:\models\y.onnx"}),
        ("yunet:weights=/a/b=c.onnx,threads=2", "yunet", {"weights": "/a/b=c.onnx", "threads": "2"}),
        (r"C:\own.onnx:threads=2", r"C:\own.onnx", {"threads": "2"}),
    ],
)
def test_names_carry_options(text: str, name: str, options: dict[str, str]) -> None:
    assert registry.parse(text) == (name, options)


@pytest.mark.parametrize("text", ["haar:a=1,b", "haar:=1"])
def test_what_is_no_option_is_refused(text: str) -> None:
    with pytest.raises(BadOption, match="key=value"):
        registry.parse(text)


def test_values_take_the_type_of_the_constructor() -> None:
    assert registry.load("detectors", "haar:long_side=200,scale_factor=1.3")
    with pytest.raises(BadOption, match=r"long_side=wide is not a valid int\. Default: 320"):
        registry.load("detectors", "haar:long_side=wide")


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("YES", True), ("1", True), ("false", False), ("no", False), ("0", False)],
)
def test_truth_values_are_words(text: str, value: bool) -> None:
    option = next(option for option in registry.schema("sinks", "annotated_video") if option.name == "sound")
    assert registry._convert(option, text, "annotated_video") is value
    with pytest.raises(BadOption, match="sound=maybe is not a valid bool"):
        registry._convert(option, "maybe", "annotated_video")


def test_a_required_option_is_asked_for() -> None:
    with pytest.raises(BadOption, match=r"table_csv needs path: write table_csv:path=VALUE"):
        registry.load("sinks", "table_csv")


def test_only_the_chosen_file_is_imported() -> None:
    code = (
        "import sys; from mien import registry; registry.load('detectors', 'haar')\n"
        "assert 'mien.detectors.haar' in sys.modules and 'mien.detectors.yunet' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_card_must_name_a_runner_that_is_there() -> None:
    folder = artifact.models_folder()
    folder.mkdir(parents=True)
    (folder / "own.onnx").write_bytes(b"model")
    card = json.loads((artifact.BUNDLED / "mini_xception.json").read_text("utf-8"))
    (folder / "own.json").write_text(json.dumps({**card, "runner": "torch"}), "utf-8")
    with pytest.raises(ModelError, match=r"own\.onnx' has runner = 'torch': give geometry or onnx"):
        registry.load("classifiers", "own")


def test_options_given_by_code_win() -> None:
    with pytest.raises(BadOption, match="seconds=-1"):
        registry.load("smoothers", "exponential:seconds=5", seconds=-1.0)


def test_the_schema_is_the_constructor() -> None:
    options = {option.name: option for option in registry.schema("detectors", "haar")}
    assert options["long_side"].default == 320
    assert options["long_side"].type is int
    assert options["scale_factor"].type is float
    assert "model" not in {option.name for option in registry.schema("classifiers", "mini_xception")}
