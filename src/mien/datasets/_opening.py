"""Data sets by the names that people write."""

import re
from typing import Any

from mien import registry
from mien.datasets.base import Dataset
from mien.errors import BadOption

_OPTION = re.compile(r"\w*=")
_BEHIND = re.compile(r",\s*\w+\s*=")
"""Where options begin: other equal signs are of a folder's name."""


def open_set(name: str, **options: Any) -> Dataset:
    """The data set ``name``, with options as ``name:key=value``, or with its folder as ``name:FOLDER``.

    ``options`` win over the folder in the name. Raises `UnknownName` for a set or an option that
    does not exist and `BadOption` for a value that does not fit.
    """
    stem, _, folder = name.partition(":")
    is_folder = bool(folder) and not _OPTION.match(folder)
    if is_folder and (option := _BEHIND.search(folder)):
        first, rest = folder[: option.start()], folder[option.start() + 1 :].strip()
        raise BadOption(f"'{name}' has a folder and options: write {stem}:folder={first},{rest}.")
    given = {"folder": folder} if is_folder else {}
    dataset: Dataset = registry.load("datasets", stem if is_folder else name, **{**given, **options})
    return dataset
