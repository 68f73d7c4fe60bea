from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mien import weights

Mien = Callable[..., Result]


def test_prints_the_file_on_stdout_and_its_rights_beside(
    mien: Mien, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def pull(name: str, *, progress: weights.Progress, **options: object) -> Path:
        asked.update(options, name=name)
        progress(5, 10)
        return tmp_path / "fetched.onnx"

    monkeypatch.setattr(weights, "pull", pull)
    result = mien("pull", "yunet", "--force", "--url", "http://127.0.0.1:1/x")
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'fetched.onnx'}\n"
    assert "MIT" in result.stderr
    assert asked == {"name": "yunet", "offline": False, "url": "http://127.0.0.1:1/x", "force": True}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["yunt"], 2, "Did you mean yunet"),
        ([], 2, "NAME"),
        (["yunet", "--offline"], 1, "mien pull yunet"),
        (["yunet", "--url", "file:///x"], 2, "only http"),
        (["yunet", "--url", "http://127.0.0.1:1/x"], 1, "Cannot fetch 'yunet'"),
    ],
)
def test_failures_say_why(
    mien: Mien, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    result = mien("pull", *arguments)
    assert result.exit_code == code
    assert result.stdout == ""
    assert message in " ".join(result.stderr.split())
