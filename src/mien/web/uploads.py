"""Uploads: the form field ``file`` of a multipart body, written to disk as it comes in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from mien.web.problems import Refused

FIELD = b"file"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in; ``name`` is what the visitor calls it (no folder), ``size`` is in bytes."""

    path: Path
    name: str
    size: int


async def receive(request: Request, new_folder: Callable[[], Path], limit: int) -> Upload:
    """Write the upload of ``request`` to the file ``upload`` in what ``new_folder`` makes.

    Raises `Refused`: 413 as soon as more than ``limit`` bytes are announced or came, 400 for a body that
    holds no such form, 507 where it cannot be stored. No file is left then.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise Refused(400, "The body is no multipart form. Send the file as the form field 'file'.")
    try:
        announced = int(request.headers.get("content-length", "0"))
    except ValueError:
        announced = 0
    if announced > limit + 4096:  # the form's own lines around the file
        raise _too_large(limit)
    try:
        return await _write(request, new_folder() / "upload", options[b"boundary"], limit)
    except OSError as error:
        raise Refused(507, f"The server cannot store the upload: {error.strerror}.") from error
    except FormParserError as error:
        raise Refused(400, f"The multipart form is malformed: {error}.") from error
    except ClientDisconnect as error:
        raise Refused(400, "The upload broke off.") from error


async def _write(request: Request, path: Path, boundary: bytes, limit: int) -> Upload:
    try:
        with path.open("wb") as file:
            form = _Form(file, boundary, limit)
            async for chunk in request.stream():
                form.feed(chunk)
        if form.name is None or not form.finished:
            raise Refused(400, "The form is cut short or has no file. Send it as the form field 'file'.")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Upload(path, form.name, form.size)


class _Form:
    """Takes the body in pieces and writes the wanted part's bytes to ``file``."""

    def __init__(self, file: BinaryIO, boundary: bytes, limit: int) -> None:
        self.name: str | None = None
        self.size = 0
        self.finished = False
        self._file, self._limit = file, limit
        self._wanted = False
        self._field, self._value, self._headers = b"", b"", dict[bytes, bytes]()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._part_data,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        if chunk:
            self._parser.write(chunk)

    def _part_begin(self) -> None:
        self._headers, self._wanted = {}, False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._wanted = options.get(b"name") == FIELD and self.name is None
        if self._wanted:
            self.name = plain_name(options.get(b"filename", b"").decode("utf-8", "replace"))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self.size += end - start
        if self.size > self._limit:
            raise _too_large(self._limit)
        if self._wanted:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self.finished = True


def plain_name(name: str) -> str:
    """The last part of a path as browsers of any system write it, printable, at most 120 characters."""
    last = re.split(r"[\\/]", _UNPRINTABLE.sub("", name))[-1].strip()
    return last[-120:] or "upload"


def _too_large(limit: int) -> Refused:
    return Refused(413, f"The upload is over the limit of {limit / 1024 / 1024:g} MB. Send a smaller file.")
