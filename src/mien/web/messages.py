"""The frames of the live socket: 4 bytes little-endian header length, the JSON header, the payload."""

import json
import struct
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mien.errors import UnknownName, UsageError
from mien.types import Floats, FrameResult

_LENGTH = struct.Struct("<I")
_LARGEST = sys.float_info.max
"""JSON's whole numbers have any length."""
FROM_CLIENT = ("options", "frame", "source", "record")


class Malformed(UsageError):
    """A message that does not keep to the protocol; the connection closes after it."""


def pack(header: dict[str, Any], *payload: bytes) -> bytes:
    """One message; the parts of the payload are joined.

    Half a surrogate pair, which the names of files may hold, goes as JSON's escape.
    """
    text = _text(header).encode("utf-8", "backslashreplace")
    return b"".join((_LENGTH.pack(len(text)), text, *payload))


def described(result: FrameResult) -> dict[str, Any]:
    """`FrameResult.as_dict`, but with the 68 points as a flat list: x, y, x, y ..., in tenths of a pixel."""
    bare = replace(result, faces=tuple(replace(face, landmarks=None) for face in result.faces))
    values = bare.as_dict()
    for plain, face in zip(values["faces"], result.faces, strict=True):
        plain["landmarks"] = _flat(face.landmarks)
    return values


def unpack(message: bytes) -> tuple[dict[str, Any], memoryview]:
    """The header and the payload; `Malformed` where the message is none."""
    if len(message) < _LENGTH.size:
        raise Malformed(f"A message of {len(message)} bytes has no room for its header's length (4 bytes).")
    (length,) = _LENGTH.unpack_from(message)
    start = _LENGTH.size + length
    if start > len(message):
        raise Malformed(f"The header is said to have {length} bytes, but {len(message) - 4} follow.")
    try:
        header = json.loads(message[_LENGTH.size : start].decode())
        _text(header).encode()  # neither NaN nor half a surrogate pair, though Python's parser takes them
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The header is not JSON in UTF-8: {error}.") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise Malformed('The header is no JSON object with a "type".')
    return header, memoryview(message)[start:]


def client_message(message: bytes) -> tuple[str, dict[str, Any], memoryview]:
    """Type, header and payload of a client's message; `Malformed` for a type that no client sends."""
    header, payload = unpack(message)
    kind: str = header["type"]
    if kind not in FROM_CLIENT:
        raise Malformed(str(UnknownName("message type", kind, FROM_CLIENT)))
    return kind, header, payload


def number(header: Mapping[str, Any], key: str) -> float:
    """A finite number of the header; `Malformed` where it is none."""
    value = header.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _LARGEST:
        raise Malformed(f'"{key}" is {value!r}: give a number.')
    return value


def integer(header: Mapping[str, Any], key: str, *, optional: bool) -> int | None:
    """A whole number from 0 of the header; None only where it is ``optional``."""
    value = header.get(key)
    if value is None and optional:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed(f'"{key}" is {value!r}: give a whole number.')
    return value


def text(header: Mapping[str, Any], key: str) -> str | None:
    """A text of the header, or None."""
    value = header.get(key)
    if value is not None and not isinstance(value, str):
        raise Malformed(f'"{key}" is {value!r}: give a name.')
    return value


def texts(header: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts of the header."""
    value = header.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Malformed(f'"{key}" is {value!r}: give a list of names.')
    return tuple(filter(None, value))


def _text(header: Any) -> str:
    return json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _flat(points: Floats | None) -> list[float] | None:
    """None also for points that are no numbers, which JSON cannot say."""
    if points is None or not np.isfinite(points).all():
        return None
    flat: list[float] = points.astype(np.float64).ravel().round(1).tolist()
    return flat
