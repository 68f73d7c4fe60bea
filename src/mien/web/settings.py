"""What the server is told: the tables of a settings file, then the flags."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from mien.config import AnalyzerOptions, merge, read_toml
from mien.drawing.style import Style
from mien.errors import BadOption, UnknownName
from mien.sources.base import Target

T = TypeVar("T")
TABLES = ("analyzer", "capture", "draw", "run", "server", "sources")
"""The tables of a settings file; ``[run]`` and ``[capture]`` are read by ``mien run`` alone."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server listens and how long it keeps what visitors bring.

    ``port`` 0 takes a free one; None tries 8000 and the next ones. ``token`` is needed by every visitor once
    it is set. ``cert`` and ``key`` are PEM files; with ``tls`` alone a certificate is made. ``upload_mb`` is
    in MiB; ``grace`` (a visit without a page) and ``idle`` (a visitor who never opened one) are in seconds.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    token: str | None = None
    tls: bool = False
    cert: str | None = None
    key: str | None = None
    upload_mb: int = 500
    grace: float = 30.0
    idle: float = 1800.0

    def __post_init__(self) -> None:
        if self.port is not None and not 0 <= self.port <= 65535:
            raise BadOption(f"port={self.port} is no port. Give 0 to 65535.")
        if self.upload_mb < 1:
            raise BadOption(f"upload_mb={self.upload_mb} lets nothing in. Give at least 1.")
        if self.token == "":
            raise BadOption("The token is empty: nobody could enter. Give a text, or leave it out.")
        if bool(self.cert) != bool(self.key):
            raise BadOption("A certificate needs its key: give both cert and key, or neither.")

    @property
    def secure(self) -> bool:
        """Whether visitors come by https."""
        return self.tls or bool(self.cert)

    @property
    def only_loopback(self) -> bool:
        """Whether nobody but this machine can reach the server."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. ``sources`` maps a name that visitors may ask for to what it stands for."""

    server: ServerSettings = field(default_factory=ServerSettings)
    analyzer: AnalyzerOptions = field(default_factory=AnalyzerOptions)
    style: Style = field(default_factory=Style)
    sources: Mapping[str, Target] = field(default_factory=dict)


def read(
    path: Path | None = None,
    server: Mapping[str, Any] | None = None,
    analyzer: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings of the TOML file ``path``, with the flags ``server`` and ``analyzer`` over them.

    Raises `UsageError` for an unreadable file and for unknown tables, names and values that do not fit.
    """
    tables = read_toml(path) if path is not None else {}
    for name in tables:
        if name not in TABLES:
            raise UnknownName("settings table", name, TABLES)
    return Settings(
        server=_merged(ServerSettings(), tables.get("server", {}), server or {}),
        analyzer=_merged(AnalyzerOptions(), tables.get("analyzer", {}), analyzer or {}),
        style=_merged(Style(), tables.get("draw", {})),
        sources=_sources(tables.get("sources", {})),
    )


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or address) is this machine and nothing else."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _merged(defaults: T, *layers: Mapping[str, Any]) -> T:
    try:
        return merge(defaults, *layers)
    except (TypeError, AttributeError) as error:
        raise BadOption(f"A setting has a value of the wrong kind: {error}.") from error


def _sources(table: Any) -> dict[str, Target]:
    if not isinstance(table, Mapping):
        raise BadOption(
            f"sources = {table!r} is no table. Give each source a name, as in [sources] door = 0."
        )
    for name, target in table.items():
        if isinstance(target, bool) or not isinstance(target, (str, int)):
            raise BadOption(
                f"[sources] {name} = {target!r}: give a camera's index, a path or a URL, as in door = 0."
            )
    return dict(table)
