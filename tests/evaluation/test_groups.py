from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.made_classifiers import labelled
from mien.errors import BadOption, SourceError
from mien.evaluation import groups


def written(folder: Path, text: str) -> Path:
    path = folder / "größen.csv"
    path.write_text(text, "utf-8")
    return path


def test_columns_by_row(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffrow,light,hat\n7,day,no\n9,,yes\n")
    assert groups.read(path) == {
        "light": {7: "day", 9: groups.UNKNOWN},
        "hat": {7: "no", 9: "yes"},
    }
    assert list(groups.read(path, ["hat"])) == ["hat"]


def test_spaces_and_columns_without_a_name_say_nothing(tmp_path: Path) -> None:
    """As spreadsheets and people write them."""
    path = written(tmp_path, "row, light ,,\r\n7, day,,\r\n9,day ,,\r\n10, ,,\r\n")
    expected = {"light": {7: "day", 9: "day", 10: groups.UNKNOWN}}
    assert groups.read(path) == groups.read(path, ["light"]) == expected


@pytest.mark.parametrize(
    ("text", "wanted", "error", "message"),
    [
        ("light\nday\n", (), BadOption, "no column 'row'. It has: light"),
        ("row,light\n1,day\n", ("hat",), BadOption, "no column 'hat'"),
        ("", (), BadOption, "It has: none"),
        ("row,light\n1,day\n1,night\n", (), SourceError, "names row 1 more than once"),
        ("row,light\n1,day\nx,day\n", (), SourceError, "line 3: row 'x'"),
        ("row,light,light\n1,day,night\n", (), SourceError, "two columns 'light'"),
        ("row,light\n1,day,night\n", (), SourceError, "line 2 has more fields than the 2 columns"),
        ("row,light\n1,day\n\n\nx,day\n", (), SourceError, "line 5: row 'x'"),
        ("row\n1\n", (), BadOption, "no column beside row"),
        ("row,,\n1,,\n", (), BadOption, "no column beside row"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, text: str, wanted: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        groups.read(written(tmp_path, text), wanted)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Cannot read the groups"):
        groups.read(tmp_path / "none.csv")


def test_too_many_values_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "row,age\n" + "".join(f"{row},{row}\n" for row in range(51)))
    with pytest.raises(BadOption, match=r"'age' .* has 51 different values"):
        groups.read(path)


def test_slices_have_their_own_accuracy() -> None:
    found = groups.slices(
        {"light": {0: "day", 1: "day", 2: "night"}},
        np.array([0, 1, 2, 3]),
        np.array([True, False, True, False]),
    )
    assert {value: (row["samples"], row["accuracy"]) for value, row in found["light"].items()} == {
        "day": (2, 0.5),
        "night": (1, 1.0),
        groups.UNKNOWN: (1, 0.0),
    }


def test_a_value_that_ends_with_nul_is_one_like_others() -> None:
    found = groups.slices({"light": {0: "day\0", 1: "day"}}, np.array([0, 1]), np.array([True, False]))
    assert [(row["samples"], row["accuracy"]) for row in found["light"].values()] == [(1, 0.0), (1, 1.0)]


def test_groups_that_the_set_states_are_taken() -> None:
    words = np.array([str(n) for n in range(60)])
    samples = replace(labelled([0] * 60), groups={"gender": np.repeat(["female", "male"], 30), "id": words})
    (stated,) = groups.own(samples).values()
    assert (stated[0], stated[59]) == ("female", "male")
    assert groups.own(labelled([0])) == {}


def test_what_the_set_does_not_say_of_a_picture_is_not_given() -> None:
    samples = replace(labelled([0, 0]), groups={"gender": np.array(["female", ""])})
    assert list(groups.own(samples)["gender"].values()) == ["female", groups.UNKNOWN]


def test_a_table_that_names_none_of_the_pictures_is_refused(tmp_path: Path) -> None:
    columns = {"age": {100: "old", 101: "young"}}
    groups.check_named(columns, np.array([99, 100]), tmp_path / "ages.csv")
    with pytest.raises(BadOption, match=r"ages\.csv' names none of the 2 pictures .* 3 to 5"):
        groups.check_named(columns, np.array([3, 5]), tmp_path / "ages.csv")
