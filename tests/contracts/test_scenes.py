"""What every set of scenes keeps to."""

from pathlib import Path

import pytest

from mien import registry
from mien.errors import SourceError


@pytest.fixture(params=registry.names("scenes"))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_path_and_faults_are_options(name: str) -> None:
    options = {option.name: option for option in registry.schema("scenes", name)}
    assert options["path"].required
    assert options["skip_faults"].default is False
    assert all(not option.required for key, option in options.items() if key != "path")


def test_an_absent_set_is_a_clear_error(name: str, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(SourceError, match="gone"):
        registry.load("scenes", name, path=str(gone)).load()


def test_building_one_reads_nothing(name: str) -> None:
    assert registry.load("scenes", name, path="nowhere").path == Path("nowhere")
