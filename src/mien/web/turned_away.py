"""The answer to a request that may not pass: the protocol's, or a page for who opened the address."""

from collections.abc import Mapping
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mien</title>
</head>
<body>
<main>
<h1>mien</h1>
<p role="alert">{reason}</p>
{form}
</main>
</body>
</html>
"""
_FORM = """<form>
<p><label>Token <input name="token" type="password" autocomplete="current-password" required></label>
<button>Open the page</button></p>
</form>"""
"""Sends the token as the printed address has it; the page takes it out of the address bar."""


def answer(scope: Scope, status: int, reason: str, headers: Mapping[str, str]) -> Response:
    """The refusal ``status`` in words: JSON, but a page where a browser asks for the page itself."""
    if not _is_for_a_reader(scope):
        return JSONResponse({"error": reason}, status, headers)
    form = _FORM if status == 401 else ""
    return HTMLResponse(_PAGE.format(reason=escape(reason), form=form), status, headers)


def _is_for_a_reader(scope: Scope) -> bool:
    return scope["path"] == "/" and "text/html" in Headers(scope=scope).get("accept", "")
