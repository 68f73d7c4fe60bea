"""The rules of the house that no linter knows."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mien import registry

SOURCE = Path(__file__).parents[2] / "src" / "mien"
FILES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 400
TRAINING_ONLY = {"torch", "lightning", "torchmetrics"}


def imported(path: Path) -> Iterator[str]:
    """The top-level name of every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_only_training_imports_torch() -> None:
    offenders = [
        str(path.relative_to(SOURCE))
        for path in FILES
        if "training" not in path.relative_to(SOURCE).parts and TRAINING_ONLY & set(imported(path))
    ]
    assert offenders == []


def test_the_runtime_loads_without_torch() -> None:
    """Every plug-in family imports while torch cannot be found."""
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from mien import registry\n"
        "for family in set(registry.FAMILIES) - set(registry.TASKS):\n"
        "    [registry.find(family, name) for name in registry.names(family)]\n"
        "import mien.classifiers.onnx, mien.cli.main, mien.web.app"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_importing_mien_loads_no_numpy_and_changes_nothing() -> None:
    code = (
        "import logging, sys; before = list(logging.root.handlers)\n"
        "import mien\n"
        "assert not {'numpy', 'cv2', 'onnxruntime', 'av'} & set(sys.modules), sorted(sys.modules)\n"
        "assert logging.root.handlers == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_tests_lie_where_the_source_lies() -> None:
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    others = {"architecture", "assets", "browser", "contracts", "__pycache__"}
    tests = Path(__file__).parents[1]
    assert {path.name for path in tests.iterdir() if path.is_dir()} - others <= rooms
    modules = {path.stem for path in SOURCE.glob("*.py")} | {"public", "readme", "examples", "docs"}
    assert {path.stem.removeprefix("test_") for path in tests.glob("test_*.py")} <= modules


def test_every_file_is_named_for_what_it_holds() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "core"}
    assert [path for path in FILES if path.stem.strip("_") in vague] == []


@pytest.mark.parametrize("family", registry.FAMILIES)
def test_each_plugin_file_defines_one_plugin(family: str) -> None:
    stems = [path.stem for path in (SOURCE / family).glob("*.py")]
    plugins = [stem for stem in stems if stem != "base" and not stem.startswith("_")]
    assert plugins
    for stem in plugins:
        assert isinstance(registry.find(family, stem), type)


def test_import_rules_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(
        command, cwd=SOURCE.parents[1], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
