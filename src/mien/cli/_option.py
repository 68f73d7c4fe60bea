"""How an option of a command is declared: its text, and where and how ``--help`` shows it."""

from typing import Any

import typer


def option(
    text: str,
    panel: str | None = None,
    metavar: str | None = None,
    flag: str | None = None,
    default: str | None = None,
    *,
    least: int | None = None,
) -> Any:
    """``default`` says in words what an empty value stands for, ``least`` which number is the smallest.

    It is not put into ``text``: Rich takes words in brackets for markup, and leaves them out.
    """
    return typer.Option(
        *([flag] if flag else []),
        help=text,
        rich_help_panel=panel,
        min=least,
        metavar=metavar,
        show_default=default or True,
    )
