"""docs/measures.md against the measures."""

import re
from pathlib import Path

import pytest

from mien import registry

PAGE = (Path(__file__).parents[2] / "docs" / "measures.md").read_text("utf-8")


TOGETHER = ("texture", "texture_full", "points")
"""Kinds with too many columns for a row each."""


@pytest.mark.parametrize("name", [name for name in registry.names("measures") if name not in TOGETHER])
def test_every_column_has_its_row(name: str) -> None:
    section = PAGE.split(f"## `{name}`")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert rows == list(registry.find("measures", name).columns)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["texture", "texture_full"])
def test_textures_state_their_first_and_last_column_and_count(name: str) -> None:
    columns = registry.find("measures", name).columns  # type: ignore[attr-defined]
    first, last = (column.replace("brow_left", "REGION") for column in (columns[0], columns[-1]))
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    assert f"`{first}` to `{last.replace('mouth', 'REGION')}`; {len(columns)}" in row


def test_points_state_their_first_and_last_column() -> None:
    columns = registry.find("measures", "points").columns  # type: ignore[attr-defined]
    for axis, first, last in (("x", columns[0], columns[-2]), ("y", columns[1], columns[-1])):
        assert first.startswith(axis)
        assert f"| `{first}` to `{last}` |" in PAGE
