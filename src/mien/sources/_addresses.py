"""Addresses of streams: what may be shown of them, and what their failures mean."""

import re
from urllib.parse import urlsplit

import av

from mien.errors import SourceError

SCHEMES = frozenset({"rtsp", "rtsps", "http", "https", "rtmp", "rtmps", "udp", "tcp", "srt", "rtp"})
# The password goes up to the last @; "host:554/" is no user with a password.
_PASSWORD = re.compile(r"(://[^:@/?#\[]*):(?!\d+(?:[/?#]|$))(?:.*)@")
_SECRET = re.compile(r"([?&](?:[^=&#]*(?:pass|pwd|token|secret|key|auth|sig)[^=&#]*)=)[^&#]*", re.IGNORECASE)


def masked(url: str) -> str:
    """``url`` fit for messages, tables and logs: passwords and tokens become ``***``."""
    return _SECRET.sub(r"\1***", _PASSWORD.sub(r"\1:***@", url))


def host(url: str) -> str:
    """``host:port`` as far as the URL states them."""
    where = urlsplit(_PASSWORD.sub(r"\1@", url)).netloc.rpartition("@")[2]
    return where or "the server"


def failure(url: str, error: Exception) -> SourceError:
    """FFmpeg's ``error`` on opening or reading ``url``, in words and with what to check. Shows no secret."""
    reason = getattr(error, "strerror", None) or type(error).__name__
    for kinds, text in _HINTS:
        if isinstance(error, kinds):
            return SourceError(f"Cannot read '{masked(url)}': {text.format(host=host(url))}")
    return SourceError(f"Cannot read '{masked(url)}' ({reason}). Check the address and the network.")


_HINTS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (ConnectionRefusedError,),
        "{host} refused the connection. Check that the server is running and that host and port are right.",
    ),
    (
        (av.HTTPUnauthorizedError, av.HTTPForbiddenError, PermissionError),
        "{host} wants other credentials. Write scheme://USER:PASSWORD@host/...",
    ),
    ((av.HTTPNotFoundError,), "{host} has no stream at this path. Check the part after the host."),
    (
        (TimeoutError, av.ExitError),
        "{host} did not answer in time. Check that it is running and reachable, or raise timeout.",
    ),
    (
        (av.InvalidDataError, av.DemuxerNotFoundError),
        "{host} answered, but not with a video stream. Check the part after the host.",
    ),
)
