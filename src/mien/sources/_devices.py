"""The cameras that this machine has, without opening any where the system tells."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

SYSFS = Path("/sys/class/video4linux")
"""Where Linux lists its cameras."""
MAX_PROBED = 4
_SILENT = 0
_log = logging.getLogger(__name__)


def are_listed() -> bool:
    """Whether the system tells its cameras."""
    return sys.platform == "linux"


def named() -> dict[int, str]:
    """Index to name of the cameras that the system lists; empty where it lists none (Windows, macOS)."""
    found = {}
    for node in SYSFS.glob("video*"):
        index = node.name.removeprefix("video")
        # A camera's second node carries metadata, not pictures.
        if index.isdecimal() and _text(node / "index", "0") == "0":
            found[int(index)] = _text(node / "name", node.name)
    return dict(sorted(found.items()))


def probed() -> dict[int, str]:
    """The first cameras that open, in a row from index 0, for systems that list none."""
    found: dict[int, str] = {}
    with quiet():
        for index in range(MAX_PROBED):
            capture = cv2.VideoCapture(index)
            opened = capture.isOpened()
            capture.release()
            if not opened:
                break
            found[index] = f"camera {index}"
    return found


@contextmanager
def quiet() -> Iterator[None]:
    """Keep OpenCV from writing to stderr about cameras that are not there: the caller reports them."""
    log: Any = getattr(cv2.utils, "logging", cv2)  # OpenCV 4.13 moved these two functions
    level = log.getLogLevel()
    log.setLogLevel(_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(level)


def _text(path: Path, otherwise: str) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip() or otherwise
    except OSError as error:
        _log.debug("Cannot read %s: %s", path, error)
        return otherwise
