"""A client of the live socket without a browser: measures from sending a frame to having its answer."""

import time
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from mien.errors import MienError
from mien.web.messages import pack, unpack


def round_trips(
    url: str, frames: Iterable[bytes], *, detector: str | None = None, classifier: str | None = None
) -> list[float]:
    """Send each of ``frames`` (JPEG) when the answer to the one before came; milliseconds for each.

    ``url`` is the page's address, as the server prints it (a ``?token=`` is kept). Raises `MienError` where
    the server answers with an error.
    """
    from websockets.sync.client import connect

    times = []
    options = {"type": "options", "detector": detector, "classifier": classifier}
    with connect(_socket_url(url), compression=None, max_size=None) as socket:
        _answer(socket.recv())
        if detector or classifier:
            socket.send(pack({key: value for key, value in options.items() if value}))
            _answer(socket.recv())
        for index, jpeg in enumerate(frames):
            message = pack({"type": "frame", "id": index, "time": index / 30, "dropped": 0}, jpeg)
            began = time.perf_counter()
            socket.send(message)
            answer = socket.recv()
            times.append((time.perf_counter() - began) * 1000)
            _answer(answer)
    return times


def _answer(message: str | bytes) -> None:
    header, _ = unpack(message if isinstance(message, bytes) else message.encode())
    if header["type"] == "error":
        raise MienError(f"The server answered: {header['reason']}")


def _socket_url(url: str) -> str:
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, "/api/live", parts.query, ""))
