"""The server as it really runs: uvicorn on a port of loopback, and clients that speak to it."""

import asyncio
import json
import re
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from unittest.mock import Mock

import pytest
from web_fakes import BLUE, RED, jpeg, settings
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from mien.errors import BadOption, MienError
from mien.web import server, tls
from mien.web.client import round_trips
from mien.web.messages import pack, unpack
from mien.web.server import Running, bound_socket, certificate, is_camera_safe, serve, with_token
from mien.web.service import Service

Serving = Callable[..., AbstractContextManager[Running]]
ONE, TWO = jpeg((20, 30, RED)), jpeg((20, 30, RED), (200, 100, BLUE))


@contextmanager
def open_live(running: Running, origin: str | None = None) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{running.port}/api/live", origin=origin, compression=None) as live:
        assert unpack(live.recv())[0]["type"] == "ready"
        yield live


def tracks(live: ClientConnection, data: bytes, time: float) -> set[int]:
    live.send(pack({"type": "frame", "id": 1, "time": time}, data))
    header, _ = unpack(live.recv())
    return {face["track_id"] for face in header["faces"]}


def test_two_visitors_have_their_own_tracks(serving: Serving) -> None:
    with serving() as running, open_live(running) as first, open_live(running) as second:
        assert tracks(first, TWO, 0.0) == {1, 2}
        assert tracks(second, ONE, 0.0) == {1}
        assert tracks(first, TWO, 0.1) == {1, 2}
        assert tracks(second, TWO, 0.1) == {1, 2}


def test_the_client_that_the_protocol_shows(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "1.jpg").write_bytes(TWO)
    with serving() as running:
        address = f"ws://127.0.0.1:{running.port}"
        monkeypatch.setattr("sys.argv", ["client.py", address, *[str(tmp_path / "1.jpg")] * 2])
        exec(compile(code, "docs/protocol.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "ready: cnn3"
    assert [line.split("jpg ")[1].split(" [")[0].split()[:2] for line in said[1:]] == [
        ["person", "1"], ["person", "2"], ["person", "1"], ["person", "2"],
    ]  # fmt: skip


def test_a_malformed_message_ends_only_its_own_connection(serving: Serving) -> None:
    with serving() as running, open_live(running) as bad, open_live(running) as good:
        bad.send(b"\xff\xff\xff\xff{}")
        error, _ = unpack(bad.recv())
        assert error["fatal"] is True
        with pytest.raises(ConnectionClosedError) as closed:
            bad.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1003
        assert tracks(good, ONE, 0.0) == {1}


def test_a_message_that_is_too_large_is_not_taken(serving: Serving) -> None:
    with serving() as running, open_live(running) as live:
        with suppress(ConnectionClosedError):  # refused while it is being sent, or after
            live.send(bytes(9 * 1024 * 1024))
        with pytest.raises(ConnectionClosedError) as closed:
            live.recv()
        # Bytes that are still under way may keep the code from arriving.
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
        with open_live(running) as other:
            assert tracks(other, ONE, 0.0) == {1}


def test_another_site_cannot_open_a_socket(serving: Serving) -> None:
    with serving() as running:
        with pytest.raises(InvalidStatus) as refused, open_live(running, origin="http://evil.example"):
            pass
        assert refused.value.response.status_code == 403
        with open_live(running, origin=f"http://127.0.0.1:{running.port}"):
            pass


def test_uploads_go_when_the_page_closes(serving: Serving) -> None:
    with serving(grace=0.05) as running:
        visits = running.config.app.state.service.visits
        with connect(f"ws://127.0.0.1:{running.port}/api/visit") as page:
            assert page.response is not None
            cookie = page.response.headers["Set-Cookie"].split(";")[0]
            visit = visits.find(cookie.partition("=")[2])
            folder = visit.new_folder()
            gone = threading.Event()
            remove = visit.remove
            visit.remove = lambda: (remove(), gone.set())
            page.send("anything: it carries nothing")
            assert not gone.wait(0.2)
        assert gone.wait(10)
        assert not folder.exists()


def test_it_answers_the_client_that_measures(serving: Serving) -> None:
    with serving() as running:
        times = round_trips(running.urls[0], [ONE] * 5)
        assert len(times) == 5
        assert all(0 < ms < 5000 for ms in times)
        assert len(round_trips(running.urls[0], [ONE], classifier="colour2")) == 1
        with pytest.raises(MienError, match="no JPEG"):
            round_trips(running.urls[0], [b"words"])
        with pytest.raises(MienError, match="Unknown detector"):
            round_trips(running.urls[0], [ONE], detector="blub")


def test_with_a_token_the_printed_address_lets_in(serving: Serving) -> None:
    with serving(token="let+me in") as running:
        assert running.urls == [f"http://127.0.0.1:{running.port}/?token=let%2Bme%20in"]
        assert len(round_trips(running.urls[0], [ONE])) == 1
        with pytest.raises(InvalidStatus) as refused:
            round_trips(f"http://127.0.0.1:{running.port}/", [ONE])
        assert refused.value.response.status_code == 401


def test_https_with_a_made_certificate(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "user_data_path", lambda *_args, **_more: tmp_path)
    with serving(tls=True) as running:
        (url,) = running.urls
        assert url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cafile=str(tmp_path / "tls" / "cert.pem"))
        with urllib.request.urlopen(url + "api/health", context=trust, timeout=10) as answer:
            assert json.load(answer)["ok"] is True


@pytest.mark.data
def test_a_real_detector_finds_the_portraits_face(
    serving: Serving, yunet_file: Path, portrait_file: Path
) -> None:
    with serving() as running, open_live(running) as live:
        live.send(pack({"type": "options", "detector": f"yunet:weights={yunet_file}"}))
        assert unpack(live.recv())[0]["type"] == "ready"
        live.send(pack({"type": "frame", "id": 1, "time": 0.0}, portrait_file.read_bytes()))
        (face,) = unpack(live.recv())[0]["faces"]
        assert face["box"] == pytest.approx([175, 60, 285, 205], abs=35)
        assert len(face["points"]) == 5


def test_a_visit_that_cannot_be_removed_does_not_keep_the_others(serving: Serving) -> None:
    with serving(grace=0.05) as running:
        visits = running.config.app.state.service.visits
        bad, good = visits.open(), visits.open()
        bad.remove = Mock(side_effect=ZeroDivisionError)
        gone = threading.Event()
        good.remove = gone.set
        for visit in (bad, good):
            with visit.held(page=True):
                pass
        assert gone.wait(10)


# without running


def test_nothing_is_left_where_the_sweeper_failed() -> None:
    service = Service(settings(grace=0.04))
    folder = service.visits.open().new_folder()
    service.visits.ended = Mock(side_effect=ZeroDivisionError)

    async def run() -> None:
        async with service.running():
            while not service.visits.ended.called:
                await asyncio.sleep(0.01)

    with suppress(ZeroDivisionError):
        asyncio.run(run())
    assert not folder.exists()


def test_elsewhere_a_token_is_made() -> None:
    made = with_token(settings(host="0.0.0.0")).server.token
    assert made is not None
    assert len(made) >= 20
    assert with_token(settings(host="0.0.0.0", token="mine")).server.token == "mine"
    assert with_token(settings()).server.token is None


def test_a_taken_port_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(MienError, match=f"Port {port} of 127.0.0.1 is taken"):
            bound_socket("127.0.0.1", port)


def test_without_a_port_the_next_free_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(server, "DEFAULT_PORT", other.getsockname()[1])
        with bound_socket("127.0.0.1", None) as found:
            assert found.getsockname()[1] > other.getsockname()[1]
        monkeypatch.setattr(server, "PORTS_TRIED", 1)
        with pytest.raises(MienError, match="all taken"):
            bound_socket("127.0.0.1", None)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "a..b"])
def test_an_address_that_is_not_ours_is_said_to_be(host: str) -> None:
    with pytest.raises(MienError, match=f"Cannot listen on {host}"):
        bound_socket(host, 0)


def test_a_certificate_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.pem"
    path.write_text("no certificate", "utf-8")
    with pytest.raises(BadOption, match=r"c\.pem"):
        certificate(settings(cert=str(path), key=str(path)))
    made = tls.certificate(tmp_path / "tls")
    assert certificate(settings(cert=str(made[0]), key=str(made[1]))) == made


def test_the_camera_works_over_https_or_here() -> None:
    assert is_camera_safe(settings())
    assert is_camera_safe(settings(host="0.0.0.0", tls=True))
    assert not is_camera_safe(settings(host="0.0.0.0"))


def test_serving_ends_when_it_is_told_to() -> None:
    seen: list[list[str]] = []

    def stop(running: Running) -> None:
        seen.append(running.urls)
        running.should_exit = True

    serve(settings(host="0.0.0.0"), stop)
    assert all("/?token=" in url for url in seen[0])
    assert seen[0][0].startswith("http://127.0.0.1:")
