import pytest

from mien.errors import BadOption, MienError, MissingExtra, PartialSource, SourceError, UnknownName


def test_unknown_name_lists_the_nearest_and_all_valid() -> None:
    error = UnknownName("detector", "yunett", ["yunet", "haar"])
    assert str(error) == "Unknown detector 'yunett'. Did you mean yunet? Valid: haar, yunet."
    assert str(UnknownName("option of pose", "x", [])) == "Unknown option of pose 'x'. Valid: none."


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownName("a", "b", []), 2),
        (BadOption("x"), 2),
        (MissingExtra("Parquet", "parquet"), 2),
        (SourceError("x"), 1),
        (PartialSource("x"), 1),
    ],
)
def test_exit_codes(error: MienError, code: int) -> None:
    assert error.exit_code == code


def test_missing_extra_says_what_to_install() -> None:
    assert "pip install 'mien[parquet]'" in str(MissingExtra("Parquet", "parquet"))
