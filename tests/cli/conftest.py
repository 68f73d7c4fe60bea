from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from mien.cli.main import app

Mien = Callable[..., Result]


@pytest.fixture
def mien() -> Mien:
    """Run a command line in this process: ``mien("run", path)`` gives exit code, stdout and stderr."""
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])
