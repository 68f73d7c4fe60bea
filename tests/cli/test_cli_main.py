"""The command line as a whole: what it imports, what it says, how it ends."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import Result

from mien import __version__
from mien.cli.main import COMMANDS

Mien = Callable[..., Result]
HEAVY = ("torch", "fastapi", "uvicorn", "plotly", "pyarrow", "lightning", "numpy", "cv2", "onnxruntime", "av")


def _modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('MODULES', *(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("MODULES")[2].split())


def test_help_names_every_command(mien: Mien) -> None:
    found = mien("--help")
    assert found.exit_code == 0
    assert all(name in found.stdout for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    code = "from mien.cli.main import app\ntry: app(['--help'])\nexcept SystemExit: pass"
    assert not set(HEAVY) & _modules_after(code)


def test_running_a_picture_imports_no_server_and_no_training(tmp_path: object) -> None:
    code = (
        "from mien.cli.main import app\n"
        "from mien import imageops; from mien.evaluation.scene import made_scene; import pathlib, tempfile\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'a.jpg'\n"
        "path.write_bytes(imageops.encode(made_scene()[0]))\n"
        "try: app(['run', str(path), '--jsonl', '-'])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
    )
    assert not {"torch", "fastapi", "uvicorn", "plotly", "pyarrow", "av"} & _modules_after(code)


def test_version(mien: Mien) -> None:
    assert mien("--version").stdout.strip() == f"mien {__version__}"


def test_without_a_command_the_help_is_shown(mien: Mien) -> None:
    found = mien()
    assert found.exit_code == 2
    assert "Usage" in found.output


def test_an_unknown_command_gets_the_nearest(mien: Mien) -> None:
    found = mien("rnu")
    assert found.exit_code == 2
    assert "run" in found.stderr.partition("rnu")[2]


def test_errors_are_one_message_without_a_traceback(mien: Mien) -> None:
    found = mien("list", "detektors")
    assert found.exit_code == 2
    assert found.stderr.startswith("Error: Unknown family 'detektors'. Did you mean detectors")
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_debug_shows_the_traceback(mien: Mien) -> None:
    found = mien("--debug", "list", "detektors")
    assert found.exit_code == 2
    assert "Traceback" in found.stderr


def test_what_is_not_our_error_is_not_hidden(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mien.registry.FAMILIES", None)
    assert isinstance(mien("list").exception, TypeError)


def test_python_m_mien() -> None:
    command = [sys.executable, "-m", "mien", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"mien {__version__}"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "x.json"), "Permission denied: 'x.json'. Check folder"),
        (MemoryError(), "The memory is full"),
    ],
)
def test_what_the_system_refuses_is_said(
    mien: Mien, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("mien.cli.data.entries", fail)
    found = mien("data", "list")
    assert found.exit_code == 1
    assert f"Error: {'[Errno 13] ' if isinstance(error, OSError) else ''}{words}" in found.stderr
    assert "Traceback" not in found.stderr
    assert "Traceback" in mien("--debug", "data", "list").stderr


def test_who_read_our_output_has_seen_enough(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("mien.cli.data.entries", fail)
    found = mien("data", "list")
    assert found.exit_code == 1
    assert "Error" not in found.stderr
