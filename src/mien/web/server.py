"""The running server: its socket, its address, and uvicorn around the application."""

import asyncio
import errno
import os
import secrets
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import uvicorn

from mien.errors import BadOption, MienError
from mien.web import jpeg, tls
from mien.web.app import create_app
from mien.web.settings import Settings, is_loopback

DEFAULT_PORT, PORTS_TRIED = 8000, 20


def serve(settings: Settings, started: Callable[["Running"], None]) -> None:
    """Serve until Ctrl-C; ``started`` is called once the server listens.

    Raises `MienError` where the address cannot be had and `BadOption` where the certificate does not fit.
    """
    settings = with_token(settings)
    with bound_socket(settings.server.host, settings.server.port) as listener:
        server = Running(settings, listener, started)
        with suppress(KeyboardInterrupt):  # Ctrl-C is how a server is meant to end
            server.run(sockets=[listener])


def with_token(settings: Settings) -> Settings:
    """``settings`` with a new token where others than this machine can reach the server and none is set."""
    server = settings.server
    if server.only_loopback or server.token:
        return settings
    return replace(settings, server=replace(server, token=secrets.token_urlsafe(16)))


class Running(uvicorn.Server):
    """A server on an open socket. `urls` are the addresses of its page."""

    def __init__(
        self, settings: Settings, listener: socket.socket, started: Callable[["Running"], None]
    ) -> None:
        self.settings = settings
        self.port: int = listener.getsockname()[1]
        self._call_started = started
        cert, key = certificate(settings)
        super().__init__(
            uvicorn.Config(
                create_app(settings),
                log_config=None,
                access_log=False,
                proxy_headers=False,  # who is at this machine is decided by the peer alone
                server_header=False,
                ws_max_size=jpeg.MAX_BYTES + 64 * 1024,
                ws_per_message_deflate=False,  # JPEG does not shrink: it would only cost time
                timeout_graceful_shutdown=3,
                ssl_certfile=cert,
                ssl_keyfile=key,
            )
        )

    @property
    def urls(self) -> list[str]:
        """The address to open first, then those by which others on the network come in."""
        server = self.settings.server
        scheme = "https" if server.secure else "http"
        query = f"/?token={quote(server.token, safe='')}" if server.token else "/"
        anywhere = server.host in {"0.0.0.0", "::", ""}
        hosts = ["127.0.0.1", *tls.local_addresses()] if anywhere else [server.host]
        return [f"{scheme}://{_bracketed(host)}:{self.port}{query}" for host in hosts]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._call_started, self)


def certificate(settings: Settings) -> tuple[Path | None, Path | None]:
    """Certificate and key: those given, those made, or none. `BadOption` where given ones do not fit."""
    server = settings.server
    if server.cert and server.key:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(server.cert, server.key)
        except OSError as error:  # ssl.SSLError is one
            raise BadOption(
                f"The certificate '{server.cert}' with the key '{server.key}' cannot be used: {error}. "
                "Give PEM files that belong together."
            ) from error
        return Path(server.cert), Path(server.key)
    return tls.certificate() if server.tls else (None, None)


def bound_socket(host: str, port: int | None) -> socket.socket:
    """A listening socket; without a ``port`` the first free one from `DEFAULT_PORT`."""
    tried = range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED) if port is None else [port]
    for number in tried:
        try:
            return _bind(host, number)
        except UnicodeError as error:  # what a name with an empty or overlong part ends in
            raise MienError(f"Cannot listen on {host}: that is no host name. Check --host.") from error
        except OSError as error:
            taken = error.errno in {errno.EADDRINUSE, errno.EACCES}
            if not (taken and port is None):
                raise _cannot_listen(host, number, error) from error
    raise MienError(f"The ports {tried[0]} to {tried[-1]} of {host} are all taken. Give --port 0 for any.")


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "nt":  # there SO_REUSEADDR would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined]
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> MienError:
    if error.errno == errno.EADDRINUSE:
        return MienError(f"Port {port} of {host} is taken. Give another with --port, or stop what uses it.")
    return MienError(
        f"Cannot listen on {host}, port {port}: {error.strerror or error}. Check --host, --port."
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_camera_safe(settings: Settings) -> bool:
    """Whether browsers let the page use a camera: over https, or on this machine."""
    return settings.server.secure or is_loopback(settings.server.host)
