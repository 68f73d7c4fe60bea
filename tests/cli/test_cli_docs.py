"""docs/cli.md and --help tell of the same commands and options."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from typer.testing import Result

from mien.batch import FORMATS
from mien.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def _commands() -> Iterator[tuple[str, Any]]:
    """Every command and sub-command, as typed, with its click object."""
    for name in main.COMMANDS:
        found = main.command(name)
        subcommands = getattr(found, "commands", None)
        if subcommands is None:
            yield name, found
        else:
            yield from ((f"{name} {below}", command) for below, command in subcommands.items())


def _sections() -> dict[str, str]:
    """Command to its part of the page; what stands before the first command is "mien"."""
    parts = re.split(r"^## mien (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return {"mien": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def _flags(text: str) -> set[str]:
    """Options in the first column of the section's tables, or at the start of a paragraph."""
    places = re.findall(r"^(?:\| )?(`--[^|\n]*)", text, flags=re.MULTILINE)
    return {flag for place in places for flag in re.findall(r"`(--[a-z0-9-]+)", place)}


COMMANDS = dict(_commands())


def test_every_command_is_described_and_none_besides() -> None:
    assert set(_sections()) == {"mien", *COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_the_same_in_both(name: str) -> None:
    real = {
        flag for parameter in COMMANDS[name].params for flag in (*parameter.opts, *parameter.secondary_opts)
    }
    assert _flags(_sections()[name]) == {flag for flag in real if flag.startswith("--")}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    assert COMMANDS[name].help
    assert [parameter.name for parameter in COMMANDS[name].params if not parameter.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_no_help_is_taken_for_markup(name: str) -> None:
    """Rich leaves out what stands in brackets, as "[default: all]": that is for ``show_default``."""
    texts = [COMMANDS[name].help, *(parameter.help for parameter in COMMANDS[name].params)]
    assert [text for text in texts if Text.from_markup(text).plain != text] == []


def test_help_says_what_holds_where_an_option_is_not_given(
    mien: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = " ".join(mien("run", "--help").stdout.split())
    for default in ("mien_face", "eyes", "iou_kalman", "exponential"):
        assert f"[default: ({default})]" in shown


def test_the_general_options_are_described() -> None:
    assert {"--version", "--debug"} <= _flags(_sections()["mien"])


def test_every_format_is_an_option_of_run_and_described() -> None:
    assert {f"--{name}" for name in FORMATS} <= _flags(_sections()["run"])
    assert ",".join(FORMATS) in _sections()["run"]
