"""The answer to a request that may not pass: the protocol's, or a page for who opened the address."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

_STYLE = """
:root { color-scheme: light dark; --page: #f6f6f8; --surface: #fff; --text: #17181c; --edge: #8b909a }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1013; --surface: #18191e; --text: #ecedf0; --edge: #6b707b }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page);
  color: var(--text); font: 15px/24px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { box-sizing: border-box; width: min(440px, 100vw - 32px); padding: 32px; border-radius: 12px;
  background: var(--surface) }
h1 { margin: 0 0 8px; font-size: 20px }
p { margin: 0 }
form { margin-top: 24px }
label { display: block; font-weight: 600 }
input, button { box-sizing: border-box; width: 100%; min-height: 44px; margin-top: 8px; padding: 0 12px;
  border: 1px solid var(--edge); border-radius: 8px; background: var(--page); color: inherit; font: inherit }
button { margin-top: 16px; border: 0; background: #5b5bd6; color: #fff; font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid #5b5bd6; outline-offset: 2px }
"""
"""In the page itself: whoever is turned away gets no other file of the server's."""
_STYLE_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mien</title>
<style>{style}</style>
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
<label>Token <input name="token" type="password" autocomplete="current-password" autofocus required></label>
<button>Open the page</button>
</form>"""
"""Sends the token as the printed address has it; the page takes it out of the address bar."""


def answer(scope: Scope, status: int, reason: str, headers: Mapping[str, str]) -> Response:
    """The refusal ``status`` in words: JSON, but a page where a browser asks for the page itself."""
    if not _is_for_a_reader(scope):
        return JSONResponse({"error": reason}, status, headers)
    form = _FORM if status == 401 else ""
    policy = f"{headers['Content-Security-Policy']}; style-src {_STYLE_SOURCE}"
    page = _PAGE.format(style=_STYLE, reason=escape(reason), form=form)
    return HTMLResponse(page, status, {**headers, "Content-Security-Policy": policy})


def _is_for_a_reader(scope: Scope) -> bool:
    return scope["path"] == "/" and "text/html" in Headers(scope=scope).get("accept", "")
