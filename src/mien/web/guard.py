"""Who may ask: the Host and Origin checks, the token, and the headers that every answer carries.

A page of another site can make a visitor's browser send requests here (cross-site request forgery), and can
point its own host name at 127.0.0.1 (DNS rebinding). The Origin check stops the first, the Host check the
second; where a token is asked for, no foreign page has it, and a proxy may ask by a name of its own.
"""

import hashlib
import secrets
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.web import turned_away
from mien.web.settings import ServerSettings, is_loopback

TOKEN_COOKIE = "mien_token"
_DENIAL = "websocket.http.response"
"""ASGI's extension by which a handshake is refused with a status and a reason; without it, always 403."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SECURE = frozenset({"https", "wss"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""The page has neither inline scripts nor inline styles, and draws pictures on canvases from their bytes."""


class Guard:
    """ASGI middleware in front of everything, WebSockets included."""

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._token = settings.token
        # What the cookie holds: it can be any text's, and does not tell the token.
        self._key = hashlib.sha256((settings.token or "").encode()).hexdigest()
        self._hosts = {"localhost", "127.0.0.1", "::1", settings.host.lower().strip("[]")}
        self._check_host = settings.only_loopback and settings.token is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _Answer(send, self._new_cookie(scope)))
        elif scope["type"] == "websocket" and _DENIAL not in scope.get("extensions", {}):
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            await turned_away.answer(scope, *refusal, _HEADERS)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, or None for a request that may pass."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._check_host and _host_name(host) not in self._hosts:
            return 403, f"The host '{host}' is not this server. Use http://127.0.0.1 or http://localhost."
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        origin = headers.get("origin")
        if changes and origin is not None and not _same_site(origin, host, scheme(scope, headers)):
            return 403, f"Requests from the site '{origin}' are refused. Open the page of this server itself."
        if self._token is not None and not self._holds_token(scope, headers):
            return 401, "A token is needed: open the address that the server printed, with its ?token=."
        return None

    def _holds_token(self, scope: Scope, headers: Headers) -> bool:
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        kept = HTTPConnection(scope).cookies.get(cookie_name(TOKEN_COOKIE, scope))
        given = (
            (_query_token(scope), self._token),
            (bearer if kind.lower() == "bearer" else None, self._token),
            (kept, self._key),
        )
        return any(
            secrets.compare_digest(text.encode(), wanted.encode())
            for text, wanted in given
            if text and wanted
        )

    def _new_cookie(self, scope: Scope) -> str | None:
        """The cookie to set where the token came in the address, so that the next request needs none."""
        if self._token is None or _query_token(scope) is None:
            return None
        name = cookie_name(TOKEN_COOKIE, scope)
        return cookie(name, self._key, secure=scheme(scope, Headers(scope=scope)) in _SECURE)


class _Answer:
    """``send``, with the common headers put on the start of the response."""

    def __init__(self, send: Send, new_cookie: str | None) -> None:
        self._send = send
        self._cookie = new_cookie

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self._cookie:
                headers.append("Set-Cookie", self._cookie)
        await self._send(message)


def cookie_name(stem: str, scope: Scope) -> str:
    """``stem`` with the server's own port: browsers send a host's cookies to all its ports, so that two
    servers on one machine would take each other's."""
    _, port = scope.get("server") or ("", None)
    return stem if port is None else f"{stem}_{port}"


def cookie(name: str, value: str, *, secure: bool) -> str:
    """A ``Set-Cookie`` value: for this site's own requests only, out of reach of scripts."""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")


def scheme(scope: Scope, headers: Headers) -> str:
    """What the visitor's browser speaks: with a proxy, where that one says so.

    No page of another site can set the header, so that it weakens no check.
    """
    told = headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return told if told in _DEFAULT_PORTS else str(scope["scheme"])


def is_secure(connection: HTTPConnection) -> bool:
    """Whether the visitor came by https, to the server itself or to a proxy before it."""
    return scheme(connection.scope, connection.headers) in _SECURE


def is_local(connection: HTTPConnection) -> bool:
    """Whether the visitor sits at this machine: a loopback peer that no proxy stands before."""
    client = connection.client
    direct = not any(name in connection.headers for name in _FORWARDED)
    return direct and client is not None and is_loopback(client.host)


def _query_token(scope: Scope) -> str | None:
    values = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return values[0] if values else None


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same_site(origin: str, host: str, scheme: str) -> bool:
    try:
        theirs, ours = urlsplit(origin), urlsplit(f"//{host}")
        their_port = theirs.port or _DEFAULT_PORTS.get(theirs.scheme)
        our_port = ours.port or _DEFAULT_PORTS[scheme]
    except ValueError:
        return False
    return bool(theirs.hostname) and (theirs.hostname, their_port) == (ours.hostname, our_port)
