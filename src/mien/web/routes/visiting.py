"""From a request to its visit, and to what that visit holds."""

from collections.abc import Mapping
from typing import TypeVar

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from mien.web.guard import cookie, cookie_name, is_secure
from mien.web.problems import Refused
from mien.web.service import service_of
from mien.web.visits import COOKIE, Visit

T = TypeVar("T")


def known_visit(connection: HTTPConnection) -> Visit | None:
    """The visit that the cookie names, where there is one."""
    return service_of(connection).visits.find(connection.cookies.get(_name(connection)))


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit that the cookie names, else a new one."""
    return known_visit(connection) or service_of(connection).visits.open()


def held_by_visit(connection: HTTPConnection, kind: str, key: str) -> object:
    """What the visit holds under ``kind`` and ``key``; 404 for what is not there or another visitor's."""
    visit = known_visit(connection)
    things: Mapping[str, object] = {} if visit is None else getattr(visit, kind)
    if key not in things:
        raise Refused(404, f"There is no '{key}' among the {kind} of this visit. It may have gone with it.")
    return things[key]


def give_cookie(connection: HTTPConnection, response: Response, visit: Visit) -> None:
    """Tell the client which visit is its own."""
    response.headers.append("set-cookie", _cookie(connection, visit))


async def accept(socket: WebSocket) -> Visit:
    """Accept ``socket`` and return its visit; a client without one is told the new one's cookie."""
    visit = known_visit(socket)
    headers = []
    if visit is None:
        visit = service_of(socket).visits.open()
        headers.append((b"set-cookie", _cookie(socket, visit).encode("latin-1")))
    await socket.accept(headers=headers)
    return visit


def _cookie(connection: HTTPConnection, visit: Visit) -> str:
    return cookie(_name(connection), visit.id, secure=is_secure(connection))


def _name(connection: HTTPConnection) -> str:
    return cookie_name(COOKIE, connection.scope)
