"""What a YOLO set says of itself: ``data.yaml``, or a list of class names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mien.errors import SourceError
from mien.labels import WORDS

DESCRIPTIONS = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")
LISTS = ("classes.txt", "obj.names", "labels.txt")
_KEY = re.compile(r"(?P<key>[A-Za-z_]+)\s*:\s*(?P<value>.*)")
_NUMBERED = re.compile(r"(?P<number>\d+)\s*:\s*(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Description:
    """``names`` of the classes, empty where nothing names them; ``parts``: folders of train, val and test."""

    names: Mapping[int, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)


def describe(path: Path) -> Description:
    """What is said at ``path``: a .yaml file, or a folder with one, with a list of names, or with neither."""
    if path.is_file():
        return _described(path)
    for name in DESCRIPTIONS:
        if (path / name).is_file():
            return _described(path / name)
    for name in LISTS:
        if (path / name).is_file():
            words = [line.strip() for line in _text(path / name).splitlines()]
            return Description({number: _word(word) for number, word in enumerate(filter(None, words))})
    return Description()


def _described(path: Path) -> Description:
    """The few keys of a ``data.yaml`` that are needed; names are a list in brackets or lines, or numbered."""
    values: dict[str, str] = {}
    lines: dict[str, list[str]] = {}
    key = ""
    for raw in _text(path).splitlines():
        line = raw.split(" #")[0].rstrip()
        match = _KEY.fullmatch(line)
        if match:
            key = match["key"]
            values[key], lines[key] = match["value"].strip(), []
        elif line.strip() and not line.lstrip().startswith("#") and key:
            lines[key].append(line.strip())
    names = _names(values.get("names", ""), lines.get("names", []))
    count = values.get("nc", "")
    if count.isdigit() and names and int(count) != len(names):
        raise SourceError(
            f"'{path}' says nc: {count}, but names {len(names)} classes. Correct one of the two."
        )
    base = _plain(values.get("path", ""))
    parts = {
        part: _plain(values[key]) for part, key in _PARTS if values.get(key) and values[key][0] not in "[{"
    }
    return Description(names, {part: f"{base}/{where}" if base else where for part, where in parts.items()})


_PARTS = (("train", "train"), ("val", "valid"), ("val", "val"), ("test", "test"))


_BRACKETS = {"[": "]", "{": "}"}


def _names(value: str, lines: list[str]) -> dict[int, str]:
    closing = _BRACKETS.get(value[:1])
    if closing:  # its list may go on over the next lines
        value = " ".join((value[1:], *lines)).partition(closing)[0]
    entries = [entry.strip() for entry in (value.split(",") if value else lines)]
    found = {}
    for place, entry in enumerate(filter(None, entries)):
        numbered = _NUMBERED.fullmatch(entry)
        number, name = (
            (int(numbered["number"]), numbered["name"]) if numbered else (place, entry.removeprefix("- "))
        )
        found[number] = _word(_plain(name))
    return found


def _plain(text: str) -> str:
    return text.strip().strip("'\"").strip()


def _word(name: str) -> str:
    """This package's word for an expression, as ``angry`` for Anger; other names in lower case."""
    return WORDS.get(name.lower(), name.lower())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"Cannot read '{path}': {error}. Give a YOLO set's folder or data.yaml.") from error
