"""Weights by name: a bundled file, one in the models folder, or a download with a known SHA-256.

What can be fetched, from where and under which terms stands in ``bundled/downloads.toml``. Nothing is fetched
unless `pull` is called.
"""

import hashlib
import logging
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO

from mien import artifact, cache
from mien.errors import MienError, ModelError, UnknownName, UsageError

log = logging.getLogger(__name__)

TIMEOUT = 30.0
"""Seconds without a byte after which a download is given up."""
CHUNK = 64 * 1024

Progress = Callable[[int, int], None]
"""Called with the bytes fetched so far and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Download:
    """Weights that can be fetched: ``size`` in bytes, ``sha256`` in hexadecimal."""

    name: str
    file: str
    url: str
    sha256: str
    size: int
    rights: str
    description: str


def catalogue() -> dict[str, Download]:
    """Name to entry of everything that `pull` can fetch."""
    tables = tomllib.loads((artifact.BUNDLED / "downloads.toml").read_text("utf-8"))
    return {name: Download(name, **values) for name, values in tables.items()}


def locate(name: str) -> Path:
    """The file of the weights ``name``, checked against its SHA-256.

    Looks in the package, then in the models folder, then in the cache. Raises `UnknownName` for a name that
    is not in the catalogue, `ModelError` where the file is absent or damaged.
    """
    entry = _entry(name)
    found = _find(entry)
    if found is None:
        raise ModelError(
            f"The weights '{name}' are not on this machine. Run: mien pull {name} "
            f"(or put {entry.file} into '{artifact.models_folder()}')."
        )
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    _check(digest, found.stat().st_size, entry, f"'{found}'", f"Remove it, then run: mien pull {name}")
    return found


def pull(
    name: str,
    *,
    offline: bool = False,
    url: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Fetch the weights ``name`` into the cache, unless they are here already, and return their file.

    ``offline`` never touches the network; ``url`` (http or https) replaces the catalogue's address, but
    the SHA-256 stays; ``force`` fetches anew; ``timeout`` is how many seconds the server may be silent.
    The file appears only once it is whole and right, so that pulls may run beside each other. Raises
    `ModelError` for wrong bytes and `MienError` where the network or the disk fails.
    """
    entry = _entry(name)
    address = url or entry.url
    if not address.lower().startswith(("http://", "https://")):
        raise UsageError(f"Cannot fetch from '{address}': only http:// and https:// addresses are allowed.")
    if offline or (not force and _find(entry)):
        return locate(name)
    return _save(_fetch(address, entry, timeout), entry, address, progress)


def _entry(name: str) -> Download:
    known = catalogue()
    if name not in known:
        raise UnknownName("weights", name, known)
    return known[name]


def _find(entry: Download) -> Path | None:
    folders = (artifact.BUNDLED, artifact.models_folder(), cache.folder())
    return next((folder / entry.file for folder in folders if (folder / entry.file).is_file()), None)


def _fetch(url: str, entry: Download, timeout: float) -> Iterator[bytes]:
    """The bytes behind ``url``, never more than one chunk beyond the expected size."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen  # with TLS 40 ms: only those who fetch pay

    left = entry.size
    try:
        request = Request(url, headers={"User-Agent": "mien"})
        with urlopen(request, timeout=timeout) as response:
            while left >= 0 and (chunk := response.read(CHUNK)):
                left -= len(chunk)
                yield chunk
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it is an open answer, too
        raise MienError(
            f"Cannot fetch '{entry.name}' from {url}: {error or type(error).__name__}. "
            "Check the connection, or give another address with --url."
        ) from error


def _save(chunks: Iterator[bytes], entry: Download, address: str, progress: Progress | None) -> Path:
    """Write ``chunks`` beside their place, check them, and move them there in one step."""
    target = cache.folder() / entry.file
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            found, size = _write(chunks, file, entry, progress)
        _check(
            found, size, entry, f"What came from {address}", "Try again, or give another address with --url"
        )
        temporary.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise MienError(f"Cannot write '{target}': {reason}. Free space, or set MIEN_CACHE.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    log.info("fetched %s to %s", entry.name, target)
    return target


def _write(
    chunks: Iterator[bytes], file: IO[bytes], entry: Download, progress: Progress | None
) -> tuple[str, int]:
    """Write ``chunks`` to ``file``; returns their SHA-256 and how many bytes they were."""
    digest, done = hashlib.sha256(), 0
    for chunk in chunks:
        file.write(chunk)
        digest.update(chunk)
        done += len(chunk)
        if progress is not None:
            progress(done, entry.size)
    return digest.hexdigest(), done


def _check(found: str, size: int, entry: Download, what: str, remedy: str) -> None:
    if found != entry.sha256:
        raise ModelError(
            f"{what} is not '{entry.name}': its SHA-256 is {found} ({size} bytes), "
            f"but {entry.sha256} ({entry.size} bytes) is expected. {remedy}."
        )
