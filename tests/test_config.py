import re
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from mien.config import AnalyzerOptions, listed, merge, read_toml
from mien.errors import BadOption, UnknownName, UsageError


def test_later_layers_win_and_none_means_not_given() -> None:
    options = merge(
        AnalyzerOptions(), {"detector": "yunet", "max_faces": 2}, {"max_faces": 3, "detector": None}
    )
    assert (options.detector, options.max_faces, options.classifier) == ("yunet", 3, "")


def test_unknown_settings_get_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean detector"):
        merge(AnalyzerOptions(), {"detektor": "haar"})


@pytest.mark.parametrize(
    ("name", "value"), [("max_faces", -1), ("min_face", -1), ("min_face", -0.5), ("min_face", float("nan"))]
)
def test_limits_below_zero_are_refused(name: str, value: float) -> None:
    with pytest.raises(BadOption, match=f"{name}={value}"):
        merge(AnalyzerOptions(), {name: value})


def test_no_quality_lies_over_one() -> None:
    with pytest.raises(BadOption, match=r"min_quality=1\.5 refuses every face"):
        AnalyzerOptions(min_quality=1.5)


@pytest.mark.parametrize(
    "given", ["pose,texture:cells=4,radius=2, motion ,pose", ["pose", "texture:cells=4,radius=2", "motion"]]
)
def test_names_are_listed_with_their_options(given: str | list[str]) -> None:
    wanted = ("pose", "texture:cells=4,radius=2", "motion")
    assert merge(AnalyzerOptions(), {"measures": given}).measures == listed(given) == wanted
    assert AnalyzerOptions(measures="").measures == ()  # type: ignore[arg-type]


@dataclass(frozen=True)
class Every:
    whole: int = 1
    number: float = 1.0
    truth: bool = False
    text: str = "a"
    maybe: int | None = None
    many: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("whole", 1.5, "a whole number"),
        ("whole", True, "a whole number"),
        ("number", "2", "a number"),
        ("number", False, "a number"),
        ("truth", "no", "true or false"),
        ("truth", 1, "true or false"),
        ("text", 3, "a text in quotes"),
        ("maybe", "x", "a whole number"),
        ("many", 3, "a text in quotes or a list of them"),
        ("many", ["pose", 3], "a text in quotes or a list of them"),
    ],
)
def test_values_of_another_type_are_refused(name: str, value: object, wanted: str) -> None:
    with pytest.raises(
        BadOption, match=re.escape(f"{name} = {value!r} does not fit: give {wanted}. Default:")
    ):
        merge(Every(), {name: value})


def test_values_of_the_right_type_are_taken() -> None:
    given = {"whole": 2, "number": 3, "truth": True, "text": "b", "maybe": 4, "many": ("a", "b")}
    assert asdict(merge(Every(), given)) == given


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "mien.toml"
    path.write_text('[analyzer]\ndetector = "yunet"\n', "utf-8")
    assert read_toml(path) == {"analyzer": {"detector": "yunet"}}
    path.write_text("[analyzer", "utf-8")
    with pytest.raises(UsageError, match="not valid TOML"):
        read_toml(path)
    with pytest.raises(UsageError, match=r"absent\.toml"):
        read_toml(tmp_path / "absent.toml")
