import asyncio
import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect
from web_fakes import ORIGIN, TestClient, WebSocketDenialResponse, app_for, settings, visitor

from mien.web.guard import Guard, is_local

TOKEN = "a-long-token"


@pytest.fixture
def guarded() -> Iterator[TestClient]:
    """A visitor on the network of a server that listens there."""
    with visitor(app_for(settings(host="0.0.0.0", token=TOKEN)), remote=True) as client:
        yield client


def test_on_loopback_nobody_needs_a_token(client: TestClient) -> None:
    assert client.get("/api/health").json()["ok"] is True


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "[", ""])
def test_a_host_name_pointed_at_loopback_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/api/health", headers={"host": host})
    assert answer.status_code == 403
    assert "localhost" in answer.json()["error"]


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:9000", "http://[", ""],
)
def test_other_sites_may_not_change_anything(client: TestClient, origin: str) -> None:
    for method, path in (("POST", "/api/pictures"), ("DELETE", "/api/videos/x")):
        answer = client.request(method, path, headers={"origin": origin})
        assert answer.status_code == 403
        assert "refused" in answer.json()["error"]


def test_this_site_may(client: TestClient) -> None:
    answer = client.delete("/api/videos/x", headers={"origin": ORIGIN})
    assert answer.status_code == 404


BEHIND = {"host": "mien.example", "origin": "https://mien.example", "authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_behind_a_proxy_that_speaks_https_the_page_works(host: str) -> None:
    https = {"x-forwarded-for": "9.9.9.9", "x-forwarded-proto": "https"}
    with visitor(app_for(settings(host=host, token=TOKEN))) as client:
        assert client.delete("/api/videos/x", headers=BEHIND | https).status_code == 404
        with client.websocket_connect("ws://127.0.0.1:8000/api/visit", headers=BEHIND | https):
            pass
        page = client.get(f"/?token={TOKEN}", headers=https)
        assert all("Secure" in line for line in page.headers.get_list("set-cookie"))
        evil = {"origin": "https://evil.example"}
        assert client.delete("/api/videos/x", headers=BEHIND | https | evil).status_code == 403
        assert client.delete("/api/videos/x", headers=BEHIND).status_code == 403  # https, says only its page
        nobody = {key: value for key, value in (BEHIND | https).items() if key != "authorization"}
        assert client.delete("/api/videos/x", headers=nobody).status_code == 401


@pytest.mark.parametrize("path", ["/api/live", "/api/visit"])
def test_a_socket_from_another_site_is_refused(client: TestClient, path: str) -> None:
    url = "ws://127.0.0.1:8000" + path
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(url, headers={"origin": "http://evil.example"}),
    ):
        pass
    assert isinstance(refused.value, WebSocketDenialResponse)
    assert refused.value.status_code == 403
    with client.websocket_connect(url, headers={"origin": ORIGIN}):
        pass


def test_from_elsewhere_a_token_is_needed(guarded: TestClient) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
        answer = guarded.get("/api/health", headers=headers)
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]
    assert guarded.get("/api/health?token=wrong").status_code == 401
    assert guarded.get("/api/health?token=%C3%A9").status_code == 401
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("ws://10.0.0.5:8000/api/visit"):
        pass


def test_a_bearer_may_enter(guarded: TestClient) -> None:
    answer = guarded.get("/api/health", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_the_token_is_given_once(guarded: TestClient) -> None:
    answer = guarded.get(f"/api/health?token={TOKEN}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert guarded.get("/api/health").status_code == 200
    with guarded.websocket_connect("ws://10.0.0.5:8000/api/visit"):
        pass


def test_a_browser_without_the_token_is_asked_for_it(guarded: TestClient) -> None:
    page = guarded.get("/", headers={"accept": "text/html,*/*"})
    assert page.status_code == 401
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.endswith(f"; style-src 'sha256-{digest}'"), "its style, and no other inline one"
    assert 'name="token"' in page.text
    assert guarded.get("/").json()["error"], "programs read JSON"
    assert guarded.get("/api/health", headers={"accept": "text/html"}).json()["error"]


def test_a_refusal_shows_what_came_as_text(client: TestClient) -> None:
    page = client.get("/", headers={"accept": "text/html", "host": "<b>evil"})
    assert page.status_code == 403
    assert "&lt;b&gt;evil" in page.text
    assert "<form" not in page.text


def test_a_token_may_be_any_text() -> None:
    token = "ä b+c&d;e=f/"
    with visitor(app_for(settings(host="0.0.0.0", token=token)), remote=True) as client:
        page = client.get("/api/health", params={"token": token})
        assert page.status_code == 200
        assert client.get("/api/health").status_code == 200, "by the cookie"
        assert token not in page.headers["set-cookie"]
        (key,) = client.cookies.values()
        client.cookies.clear()
        assert client.get("/api/health", params={"token": key}).status_code == 401
        assert client.get("/api/health", headers={"authorization": f"Bearer {key}"}).status_code == 401


def test_over_https_cookies_are_secure() -> None:
    app = app_for(settings(host="0.0.0.0", token=TOKEN))
    with TestClient(app, base_url="https://10.0.0.5:8000") as client:
        assert "Secure" in client.get(f"/api/health?token={TOKEN}").headers["set-cookie"]


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/api/health", "/api/absent"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "script-src" not in policy, "scripts fall under default-src: none inline, none from elsewhere"
        assert not {"unsafe-inline", "data:", "blob:", "ws:"} & set(policy.replace("'", "").split())
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["permissions-policy"].startswith("camera=(self)")
        assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("peer", "header", "local"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("10.0.0.9", None, False),
        ("127.0.0.1", "x-forwarded-for", False),
        ("127.0.0.1", "forwarded", False),
        ("testclient", None, False),
    ],
)
def test_who_sits_at_this_machine(peer: str, header: str | None, local: bool) -> None:
    headers = [(header.encode(), b"10.0.0.9")] if header else []
    assert is_local(HTTPConnection({"type": "http", "client": (peer, 1), "headers": headers})) is local


def test_a_peer_without_an_address_is_not_local() -> None:
    assert not is_local(HTTPConnection({"type": "http", "client": None, "headers": []}))


def test_a_socket_is_closed_where_no_status_can_be_given() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(*_anything: Any) -> None:
        raise AssertionError("it may not pass")

    scope = {"type": "websocket", "headers": [(b"host", b"evil.example")]}
    asyncio.run(Guard(app, settings().server)(scope, receive, send))
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]
