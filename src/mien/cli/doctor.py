"""``mien doctor``: whether everything is in place."""

import json
from typing import TYPE_CHECKING

import typer

from mien.cli import _options as opt

if TYPE_CHECKING:
    from mien.cli._checks import Check

_COLOURS = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "fail": typer.colors.RED}


def doctor(*, as_json: opt.AsJson = False) -> None:
    """Check the installation: versions, models, encoders, cameras, and a self-test with timings.

    Ends with 1 where something essential is broken.
    """
    from mien.cli import _checks

    found = []
    for check in _checks.checks():
        found.append(check)
        if not as_json:
            _show(check)
    healthy = all(check.state != _checks.FAIL for check in found)
    if as_json:
        plain = [{"name": check.name, "state": check.state, "detail": check.detail} for check in found]
        typer.echo(json.dumps({"ok": healthy, "checks": plain}, indent=2, ensure_ascii=False))
    else:
        typer.echo("Ready." if healthy else "Something essential is broken: see the lines marked fail.")
    raise typer.Exit(0 if healthy else 1)


def _show(check: "Check") -> None:
    typer.secho(f"{check.state:4}", fg=_COLOURS[check.state], nl=False)
    typer.echo(f"  {check.name}: {check.detail}")
