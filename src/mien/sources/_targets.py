"""What a target is. One place decides, so that no two sources claim the same one.

An index, ``camera:NAME`` or a camera's bare name is a camera, unless a file or folder is called so;
``scheme://`` is a network stream; a folder, a glob or a picture's suffix is pictures; all else is a video
file.
"""

import re
from pathlib import Path

from mien.errors import SourceError
from mien.imageops import PICTURE_SUFFIXES
from mien.sources import _devices

Target = str | int
CAMERA_PREFIX = "camera:"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")  # two letters at least: C:// is a drive
_GLOB = re.compile(r"[*?\[]")


def scheme(target: Target) -> str | None:
    """The lower-case scheme of a URL; None for all else."""
    found = _SCHEME.match(target) if isinstance(target, str) else None
    return found[1].lower() if found else None


def is_camera(target: Target) -> bool:
    if isinstance(target, int):
        return True
    if target.startswith(CAMERA_PREFIX):
        return True
    return (is_index(target) or target in _devices.named().values()) and not exists(target)


def is_index(text: str) -> bool:
    """Whether ``text`` is a camera's index, in plain digits."""
    return text.isascii() and text.isdecimal()


def is_network(target: Target) -> bool:
    return not is_camera(target) and scheme(target) is not None


def is_pictures(target: Target) -> bool:
    if isinstance(target, int) or not target or is_camera(target) or is_network(target):
        return False
    return is_folder(target) or is_glob(target) or Path(target).suffix.lower() in PICTURE_SUFFIXES


def is_glob(target: str) -> bool:
    """Whether ``target`` is a pattern, and not a file whose name merely looks like one."""
    return _GLOB.search(target) is not None and not exists(target)


def matching(pattern: str) -> list[Path]:
    """The files that a glob finds, in no order; `SourceError` where it cannot be searched."""
    path = Path(pattern)
    rest = str(path.relative_to(path.anchor)) if path.anchor else str(path)
    if path.name == "**":  # alone it would match folders only
        rest += "/*"
    try:
        return [found for found in Path(path.anchor).glob(rest) if found.is_file()]
    except (ValueError, OSError, NotImplementedError) as error:
        # The last is what pathlib raises on Windows for a pattern with a drive inside.
        raise SourceError(f"'{pattern}' is not a pattern that can be searched: {error}.") from error


def exists(target: str) -> bool:
    try:
        return Path(target).exists()
    except (OSError, ValueError):  # too long, or with characters that no path can hold
        return False


def is_folder(target: str) -> bool:
    try:
        return Path(target).is_dir()
    except (OSError, ValueError):
        return False
