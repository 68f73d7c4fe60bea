"""The page, its files, what may be chosen, and the sockets."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from starlette.websockets import WebSocket

import mien
from mien.errors import MissingExtra
from mien.web import catalogue
from mien.web.guard import is_local
from mien.web.live import LiveConnection
from mien.web.routes.visiting import accept, give_cookie, known_visit
from mien.web.service import service_of

STATIC = Path(__file__).parent.parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
"""Ours, since the operating system's map may lack a type or hold a wrong one (Windows does)."""

router = APIRouter()


class StaticFolder(StaticFiles):
    """The page's files, with the types that `MEDIA_TYPES` states."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        media_type = MEDIA_TYPES.get(Path(path).suffix.lower())
        if media_type is not None and "content-type" in response.headers:
            response.headers["content-type"] = media_type
        return response


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """In the event loop, to which the visits belong."""
    path = STATIC / "index.html"
    if not path.is_file():
        return HTMLResponse("<h1>mien</h1><p>The page's files are missing. Install the package again.", 500)
    response = FileResponse(path, media_type=MEDIA_TYPES[".html"])
    service = service_of(request)
    give_cookie(request, response, known_visit(request) or service.visits.open())
    return response


@router.get("/static/plotly.min.js")
def plotly() -> Response:
    try:
        path = Path(str(files("plotly"))) / "package_data" / "plotly.min.js"
    except ModuleNotFoundError:
        raise MissingExtra("The chart", "report") from None
    return FileResponse(path, media_type=MEDIA_TYPES[".js"])


@router.get("/api/health")
def health() -> dict[str, Any]:
    return {"ok": True, "version": mien.__version__}


@router.get("/api/models")
def models(request: Request) -> dict[str, Any]:
    return catalogue.models(service_of(request).settings)


@router.get("/api/sources")
def sources(request: Request) -> dict[str, Any]:
    return catalogue.sources(service_of(request).settings, local=is_local(request))


@router.websocket("/api/visit")
async def presence(socket: WebSocket) -> None:
    """Carries nothing: that it is open says that the page is."""
    visit = await accept(socket)
    with visit.held(page=True):
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # whatever is said, it means nothing


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    visit = await accept(socket)
    with visit.held():
        await LiveConnection(socket, service_of(socket), visit).run()
