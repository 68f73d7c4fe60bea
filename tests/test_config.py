from pathlib import Path

import pytest

from mien.config import AnalyzerOptions, merge, read_toml
from mien.errors import BadOption, UnknownName, UsageError


def test_later_layers_win_and_none_means_not_given() -> None:
    options = merge(
        AnalyzerOptions(), {"detector": "yunet", "max_faces": 2}, {"max_faces": 3, "detector": None}
    )
    assert (options.detector, options.max_faces, options.classifier) == ("yunet", 3, "mini_xception")


def test_unknown_settings_get_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean detector"):
        merge(AnalyzerOptions(), {"detektor": "haar"})


@pytest.mark.parametrize("name", ["max_faces", "min_face"])
def test_negative_limits_are_refused(name: str) -> None:
    with pytest.raises(BadOption, match=f"{name}=-1"):
        merge(AnalyzerOptions(), {name: -1})


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "mien.toml"
    path.write_text('[analyzer]\ndetector = "yunet"\n', "utf-8")
    assert read_toml(path) == {"analyzer": {"detector": "yunet"}}
    path.write_text("[analyzer", "utf-8")
    with pytest.raises(UsageError, match="not valid TOML"):
        read_toml(path)
    with pytest.raises(UsageError, match=r"absent\.toml"):
        read_toml(tmp_path / "absent.toml")
