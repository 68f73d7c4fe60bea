from pathlib import Path

import pytest

from mien.datasets import _memory
from mien.errors import SourceError


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A container that may use 1,000 bytes of a large memory, 300 of 900 used ones being files."""
    for name, text in {
        "max": "1000\n",
        "current": "900\n",
        "stat": "anon 600\ninactive_file 200\nactive_file 100\nfile 300\n",
    }.items():
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(_memory, "_CONTAINER", tmp_path)
    monkeypatch.setattr(_memory, "_free", lambda: 2**40)
    return tmp_path


def test_a_container_may_not_use_all_that_is_free(container: Path) -> None:
    _memory.check(400, 1)
    with pytest.raises(SourceError, match="1 pictures take"):
        _memory.check(401, 1)


@pytest.mark.parametrize("limit", ["max", ""])
def test_without_a_limit_the_systems_word_counts(container: Path, limit: str) -> None:
    (container / "memory.max").write_text(limit)
    _memory.check(401, 1)


def test_where_nobody_says_what_is_free_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_memory, "_MEMINFO", tmp_path / "none")
    monkeypatch.setattr(_memory, "_CONTAINER", tmp_path / "none")
    _memory.check(2**60, 1)
