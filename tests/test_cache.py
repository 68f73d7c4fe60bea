import concurrent.futures
import logging
from pathlib import Path

import numpy as np
import pytest

from mien import cache

Calls = list[int]


def made(calls: Calls) -> cache.Arrays:
    calls.append(1)
    return {"numbers": np.arange(3), "words": np.array([("one", "zwei")])}


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "here"))
    assert cache.folder() == tmp_path / "here"
    assert not cache.folder().exists()


def test_a_key_follows_from_what_a_file_is_now(tmp_path: Path) -> None:
    path = tmp_path / "a"
    absent = cache.key(path, 1)
    path.write_bytes(b"1")
    before = cache.key(path, 1)
    assert cache.key(path, 1) == before
    path.write_bytes(b"12")
    assert len({absent, before, cache.key(path, 1), cache.key(path, 2)}) == 4


def test_what_was_made_once_is_kept() -> None:
    calls: Calls = []
    first, second = (cache.arrays("some/thing", lambda: made(calls)) for _ in range(2))
    assert len(calls) == 1
    assert second["numbers"].tolist() == first["numbers"].tolist() == [0, 1, 2]
    assert second["words"].tolist() == [["one", "zwei"]]
    assert second["numbers"].flags.writeable
    assert [path.name for path in (cache.folder() / "some").iterdir()] == ["thing.npz"]


@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_a_damaged_file_is_made_anew(kept: float, caplog: pytest.LogCaptureFixture) -> None:
    calls: Calls = []
    cache.arrays("thing", lambda: made(calls))
    path = cache.folder() / "thing.npz"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert cache.arrays("thing", lambda: made(calls))["numbers"].tolist() == [0, 1, 2]
    assert "made anew" in caplog.text
    cache.arrays("thing", lambda: made(calls))
    assert len(calls) == 2


def test_where_nothing_can_be_kept_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "file"))
    caplog.set_level(logging.INFO)
    calls: Calls = []
    for _ in range(2):
        assert cache.arrays("thing", lambda: made(calls))["numbers"].tolist() == [0, 1, 2]
    assert len(calls) == 2
    assert "is not kept" in caplog.text


def test_a_full_disk_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert cache.arrays("thing", lambda: made([]))["numbers"].tolist() == [0, 1, 2]
    assert list(cache.folder().iterdir()) == []


def test_many_may_ask_at_once() -> None:
    calls: Calls = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache.arrays("thing", lambda: made(calls)), range(32)))
    assert all(each["numbers"].tolist() == [0, 1, 2] for each in found)
    assert [path.name for path in cache.folder().iterdir()] == ["thing.npz"]
