import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mien.errors import UsageError
from mien.training import loggers
from mien.training.loggers import open_loggers

pytestmark = pytest.mark.train


def test_the_csv_file_is_always_there(tmp_path: Path) -> None:
    (only,) = open_loggers("", tmp_path, "tiny")
    assert only.save_dir == str(tmp_path)


@pytest.mark.parametrize("name", ["wandb", "tensorboard"])
def test_a_logger_without_its_package_says_how_to_get_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("lightning.pytorch.loggers.WandbLogger", absent)
    monkeypatch.setattr("lightning.pytorch.loggers.TensorBoardLogger", absent)
    with pytest.raises(UsageError, match=f"pip install {name}"):
        open_loggers(name, tmp_path, "tiny")


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What wandb's logger is built with; no key is found anywhere."""
    built: list[dict[str, Any]] = []
    monkeypatch.setattr("lightning.pytorch.loggers.WandbLogger", lambda **given: built.append(given))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setitem(sys.modules, "wandb", ModuleType("wandb"))
    return built


def test_wandb_is_offline_without_a_key(wandb: list[dict[str, Any]], tmp_path: Path) -> None:
    open_loggers("wandb", tmp_path, "tiny")
    assert wandb == [{"project": "mien", "name": "tiny", "save_dir": tmp_path, "offline": True}]


def test_wandb_is_online_with_a_key(
    wandb: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "key")
    open_loggers("wandb", tmp_path, "tiny")
    monkeypatch.delenv("WANDB_API_KEY")
    for name in (".netrc", "_netrc"):
        (tmp_path / name).write_text("machine api.wandb.ai login user password key\n")
        (tmp_path / name).chmod(0o600)
    open_loggers("wandb", tmp_path, "tiny")
    assert [given["offline"] for given in wandb] == [False, False]


def test_a_damaged_key_file_is_no_key(wandb: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine\n")
    (tmp_path / "_netrc").write_text("machine\n")
    assert not loggers._has_wandb_key()


def test_tensorboard_writes_beside_the_csv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "lightning.pytorch.loggers.TensorBoardLogger", lambda folder, name: built.append((folder, name))
    )
    assert len(open_loggers("tensorboard", tmp_path, "tiny")) == 2
    assert built == [(tmp_path, "tensorboard")]
