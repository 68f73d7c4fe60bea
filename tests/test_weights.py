"""Fetching weights, against a server on loopback that does what servers do."""

import contextlib
import errno
import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mien import artifact, cache, weights
from mien.errors import MienError, ModelError, UnknownName, UsageError

GOOD = bytes(range(256)) * 1000
WRONG = bytes(reversed(GOOD))


class Host(BaseHTTPRequestHandler):
    """Serves what the path says."""

    hang = threading.Event()
    """Set when a silent answer may end."""

    def do_GET(self) -> None:
        getattr(self, self.path.strip("/").split("/")[0])()

    def good(self) -> None:
        self._answer(GOOD)

    def wrong(self) -> None:
        self._answer(WRONG)

    def longer(self) -> None:
        self._answer(GOOD * 20)

    def moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/good")
        self.end_headers()

    def absent(self) -> None:
        self.send_error(404)

    def short(self) -> None:
        """Promises all, sends half, and hangs up."""
        self._answer(GOOD[: len(GOOD) // 2], promised=len(GOOD))

    def silent(self) -> None:
        """Begins, then says nothing more."""
        self._answer(GOOD[:1000], promised=len(GOOD))
        self.hang.wait(10)

    def _answer(self, data: bytes, promised: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data) if promised is None else promised))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client had enough of an answer that is too long
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Host.hang.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of one entry, whose usual address nobody answers; no proxy in between."""
    entry = {
        "file": "grün.onnx",
        "url": f"http://127.0.0.1:{_free_port()}/good",
        "sha256": hashlib.sha256(GOOD).hexdigest(),
        "size": str(len(GOOD)),
        "rights": "CC0",
        "description": "for tests",
    }
    lines = [f"{key} = {value if key == 'size' else repr(value)}" for key, value in entry.items()]
    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "downloads.toml").write_text("\n".join(["[green]", *lines]), "utf-8")
    monkeypatch.setattr(artifact, "BUNDLED", tmp_path / "bundled")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cached() -> list[Path]:
    return sorted(cache.folder().glob("*")) if cache.folder().exists() else []


def test_fetches_checks_and_tells_how_far(host: str) -> None:
    steps: list[tuple[int, int]] = []
    path = weights.pull("green", url=f"{host}/good", progress=lambda *step: steps.append(step))
    assert path.read_bytes() == GOOD
    assert cached() == [path]
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    assert steps[-1] == (len(GOOD), len(GOOD))
    assert weights.locate("green") == path


def test_follows_to_where_it_moved(host: str) -> None:
    assert weights.pull("green", url=f"{host}/moved").read_bytes() == GOOD


def test_what_is_here_is_not_fetched_again(host: str) -> None:
    path = weights.pull("green", url=f"{host}/good")
    assert weights.pull("green") == path, "the catalogue's address answers nobody"
    assert weights.pull("green", offline=True) == path
    with pytest.raises(MienError, match="Cannot fetch"):
        weights.pull("green", force=True)
    assert path.read_bytes() == GOOD, "a pull that fails leaves the old file"


def test_damaged_weights_are_replaced_by_force(host: str) -> None:
    path = weights.pull("green", url=f"{host}/good")
    path.write_bytes(WRONG)
    with pytest.raises(ModelError, match="Remove it"):
        weights.pull("green", url=f"{host}/good")
    assert weights.pull("green", url=f"{host}/good", force=True).read_bytes() == GOOD


@pytest.mark.parametrize("answer", ["wrong", "longer"])
def test_wrong_bytes_are_refused_with_both_sums(host: str, answer: str) -> None:
    with pytest.raises(ModelError) as caught:
        weights.pull("green", url=f"{host}/{answer}")
    assert hashlib.sha256(GOOD).hexdigest() in str(caught.value)
    if answer == "wrong":
        assert hashlib.sha256(WRONG).hexdigest() in str(caught.value)
    assert cached() == []


def test_no_more_is_read_than_was_stated(host: str) -> None:
    steps: list[int] = []
    with pytest.raises(ModelError):
        weights.pull("green", url=f"{host}/longer", progress=lambda done, _: steps.append(done))
    assert max(steps) <= len(GOOD) + weights.CHUNK


def test_an_answer_cut_short(host: str) -> None:
    with pytest.raises(MienError, match=r"green.*(bytes|more expected)"):
        weights.pull("green", url=f"{host}/short")
    assert cached() == []


def test_a_server_that_falls_silent(host: str) -> None:
    with pytest.raises(MienError, match="timed out"):
        weights.pull("green", url=f"{host}/silent", timeout=0.2)
    assert cached() == []


@pytest.mark.parametrize(
    "address", ["{host}/absent", "http://127.0.0.1:{port}/", "http://", "http://[::bad/"]
)
def test_an_address_without_the_file(host: str, address: str) -> None:
    url = address.format(host=host, port=_free_port())
    with pytest.raises(MienError, match="Cannot fetch 'green'") as caught:
        weights.pull("green", url=url)
    assert url in str(caught.value)
    assert "--url" in str(caught.value)
    assert cached() == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "model.onnx"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(UsageError, match="https"):
        weights.pull("green", url=url)


def test_offline_never_connects() -> None:
    with pytest.raises(ModelError, match="mien pull green"):
        weights.pull("green", offline=True)


def test_a_full_disk(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> tuple[str, int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(weights, "_write", full)
    with pytest.raises(MienError, match=r"No space left.*MIEN_CACHE"):
        weights.pull("green", url=f"{host}/good")
    assert cached() == []


def test_a_cache_that_cannot_be_made(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(MienError, match="Cannot write"):
        weights.pull("green", url=f"{host}/good")


def test_pulls_beside_each_other(host: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        paths = list(pool.map(lambda _: weights.pull("green", url=f"{host}/good", force=True), range(12)))
    assert len(set(paths)) == 1
    assert cached() == paths[:1]
    assert paths[0].read_bytes() == GOOD


def test_ctrl_c_leaves_nothing_behind(host: str) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.pull("green", url=f"{host}/good", progress=stop)
    assert cached() == []


@pytest.mark.parametrize("folder", ["bundled", "models", "cache"])
def test_found_in_each_of_its_folders(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "grün.onnx").write_bytes(GOOD)
    assert weights.locate("green") == tmp_path / folder / "grün.onnx"


def test_damaged_weights_are_said(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "grün.onnx").write_bytes(WRONG)
    with pytest.raises(ModelError, match=hashlib.sha256(WRONG).hexdigest()):
        weights.locate("green")


def test_nearest_name() -> None:
    for call in (weights.locate, weights.pull):
        with pytest.raises(UnknownName, match="Did you mean green"):
            call("gren")


def test_the_shipped_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    entries = weights.catalogue()
    assert "yunet" in entries
    for entry in entries.values():
        assert entry.url.startswith("https://")
        assert len(bytes.fromhex(entry.sha256)) == 32
        assert entry.size > 0
        assert entry.rights


@pytest.mark.data
def test_the_catalogue_knows_the_published_file(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    shutil.copy(data_folder / "weights" / "face_detection_yunet_2023mar.onnx", tmp_path)
    assert weights.locate("yunet").stat().st_size == weights.catalogue()["yunet"].size
