"""The command ``mien``: finds the file of the command asked for, and turns errors into messages.

Each command is one file here, imported when it is called; it is a thin shell over a call of the library.
"""

import errno
import importlib
import logging
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mien.errors import MienError

COMMANDS = {
    "run": "mien.cli.run:run",
    "serve": "mien.cli.serve:serve",
    "list": "mien.cli.list:list_plugins",
    "doctor": "mien.cli.doctor:doctor",
    "pull": "mien.cli.pull:pull",
    "data": "mien.cli.data:app",
    "train": "mien.cli.train:train",
    "export": "mien.cli.export:export",
    "evaluate": "mien.cli.evaluate:app",
    "leaderboard": "mien.cli.leaderboard:leaderboard",
    "benchmark": "mien.cli.benchmark:benchmark",
}
"""Command to the function, or the Typer app with commands of its own, that carries it out."""


class Commands(TyperGroup):
    """Imports a command's file only when that command is called or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = command(cmd_name)
        return self.commands.get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # The nearest names are sought among the commands known so far: for an unknown one, know them all.
        if args and args[0] not in COMMANDS:
            for name in COMMANDS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MienError as error:
            if isinstance(error.__cause__, BrokenPipeError):
                raise typer.Exit(error.exit_code) from error  # who read our output has seen enough
            if ctx.params.get("debug"):
                traceback.print_exc()
            say_error(str(error))
            raise typer.Exit(error.exit_code) from error
        except (OSError, MemoryError) as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # as above; Typer ends quietly
            if ctx.params.get("debug"):
                traceback.print_exc()
            say_error(_of_the_system(error))
            raise typer.Exit(1) from error


def _of_the_system(error: OSError | MemoryError) -> str:
    """What no part of mien foresaw: a folder that cannot be written, a full disk, a full memory."""
    if isinstance(error, MemoryError):
        return "The memory is full. Ask for less at once, smaller pictures, or close other programs."
    return f"{error}. Check folder, rights and free space; --debug shows where."


def command(name: str) -> Any:
    """The command ``name`` as an object that can be called and asked for its help."""
    module_name, _, attribute = COMMANDS[name].partition(":")
    found = getattr(importlib.import_module(module_name), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command(name)(found)
    return typer.main.get_command(single)


def say_error(message: str) -> None:
    """One message in red on stderr; plain where stderr is no terminal."""
    typer.secho(f"Error: {message}", fg=typer.colors.RED, err=True)


app = typer.Typer(
    cls=Commands,
    help="Facial expressions in real time: camera, video or picture in; page, table and video out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from mien import __version__

        typer.echo(f"mien {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and the log of what happens.")
    ] = False,
) -> None:
    if debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)


def main() -> None:
    """Run the command line; the exit code is 0 done, 1 failed, 2 wrong usage."""
    app()
