"""What takes long to make, kept in the user's cache folder under a name that says what it was made of."""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

log = logging.getLogger(__name__)
Arrays = Mapping[str, "npt.NDArray[Any]"]


def folder() -> Path:
    """``MIEN_CACHE``, else the user's cache folder; not made before it is needed."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("MIEN_CACHE") or user_cache_path("mien", appauthor=False))


def key(*parts: object) -> str:
    """A name for what follows from ``parts``; a path among them stands for its file as it is now."""
    known = [_facts(part) if isinstance(part, Path) else part for part in parts]
    return hashlib.sha256(json.dumps(known, default=str).encode()).hexdigest()[:16]


def arrays(name: str, make: Callable[[], Arrays]) -> Arrays:
    """What ``make`` gives, kept as ``name`` (a path within the cache folder) for the next time.

    Where the folder cannot be written, or is full, nothing is kept and nothing fails. A damaged file is made
    anew. Several processes may ask at once: each sees a whole file or none.
    """
    path = folder() / f"{name}.npz"
    found = _read(path)
    if found is None:
        found = make()
        _keep(path, found)
    return found


def _read(path: Path) -> Arrays | None:
    if not path.is_file():
        return None
    import numpy as np  # here: the command line asks for the folder, and starts without numpy

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        log.warning("'%s' cannot be read (%s): what it held is made anew.", path, error)
        return None


def _keep(path: Path, made: Arrays) -> None:
    import numpy as np

    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, allow_pickle=False, **made)
        temporary.replace(path)
    except OSError as error:
        log.info("'%s' is not kept: %s", path, error)
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _facts(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path.resolve()), facts.st_size, facts.st_mtime_ns
