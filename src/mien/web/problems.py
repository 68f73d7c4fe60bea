"""Errors as HTTP answers: always ``{"error": "what failed, the bad value, what to do"}``."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from mien.errors import MienError, MissingExtra, SourceError, UnknownName, UsageError

_STATUS: tuple[tuple[type[MienError], int], ...] = (
    (UnknownName, 404),
    (MissingExtra, 501),
    (UsageError, 400),
    (SourceError, 422),
)
_BY_STATUS = {404: "Nothing is here. It may have gone with the visit that made it.", 405: "Not this way."}


class Refused(Exception):
    """An answer other than success, with its status and a reason in words."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def install(app: FastAPI) -> None:
    """Let ``app`` answer every error in the protocol's form."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(MienError, _mien_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: MienError) -> int:
    """The HTTP status that fits ``error``."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def _problem(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason}, status)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _problem(error.status, error.reason)


def _mien_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MienError)
    return _problem(status_of(error), str(error))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reason = _BY_STATUS.get(error.status_code, str(error.detail))
    answer = _problem(error.status_code, f"{request.method} {request.url.path}: {reason}")
    answer.headers.update(error.headers or {})  # 405 has to say which methods there are
    return answer


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return _problem(422, f"{where}: {first['msg']}.")


def _unexpected(_request: Request, error: Exception) -> Response:
    """The server itself logs the error with its traceback."""
    return _problem(500, f"The server failed at this ({type(error).__name__}). Its log says more.")
