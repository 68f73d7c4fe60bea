from mien.evaluation.remarks import remarks


def test_what_is_true_of_several_is_said_once() -> None:
    notes = {"a": ["seen", "slow"], "b": ["seen"], "c": ["seen", "slow"]}
    assert list(remarks(notes)) == ["All: seen", "a, c: slow"]


def test_one_alone_is_named() -> None:
    assert list(remarks({"a": ["seen"]})) == ["a: seen"]
    assert list(remarks({"a": [], "b": []})) == []
