import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mien import artifact
from mien.cli import _checks

Mien = Callable[..., Result]


def _states(mien: Mien) -> tuple[Result, dict[str, dict[str, str]]]:
    found = mien("doctor", "--json")
    return found, {check["name"]: check for check in json.loads(found.stdout)["checks"]}


def test_a_good_installation(mien: Mien) -> None:
    found, checks = _states(mien)
    assert found.exit_code == 0, found.stdout
    assert json.loads(found.stdout)["ok"] is True
    essential = ("python", "numpy", "onnxruntime", "detector haar", "classifier vgg_slim", "self-test")
    assert [checks[name]["state"] for name in essential] == ["ok"] * len(essential)
    assert "detect" in checks["self-test"]["detail"]
    assert "encoder libx264" in checks


def test_what_is_optional_only_warns(mien: Mien) -> None:
    _, checks = _states(mien)
    assert checks["detector yunet"]["state"] == "warn"
    assert "mien pull yunet" in checks["detector yunet"]["detail"]


def test_lines_for_people(mien: Mien) -> None:
    found = mien("doctor")
    assert found.exit_code == 0
    assert "ok    self-test: 1 of 1 drawn face found" in found.stdout
    assert "warn  detector yunet: " in found.stdout
    assert found.stdout.endswith("Ready.\n")


def test_a_damaged_default_model_fails(mien: Mien) -> None:
    folder = artifact.models_folder()
    folder.mkdir(parents=True)
    bundled = artifact.load("vgg_slim", "expression").path
    (folder / bundled.name).write_bytes(b"damaged")
    card = json.loads(bundled.with_suffix(".json").read_text("utf-8")) | {"sha256": "0" * 64}
    (folder / "vgg_slim.json").write_text(json.dumps(card), "utf-8")
    found, checks = _states(mien)
    assert found.exit_code == 1
    assert checks["classifier vgg_slim"]["state"] == "fail"
    assert "SHA-256" in checks["classifier vgg_slim"]["detail"]
    assert checks["self-test"]["state"] == "fail"


def test_missing_packages_fail(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mien.batch.provenance.PACKAGES", ("no-such-package",))
    found, checks = _states(mien)
    assert found.exit_code == 1
    assert checks["no-such-package"]["detail"].startswith("not installed")
    assert "see the lines marked fail" in mien("doctor").stdout


def test_missing_extras_warn(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checks, "EXTRAS", {"train": ("no_such_module",)})
    _, checks = _states(mien)
    assert "pip install 'mien[train]'" in checks["extra train"]["detail"]


def test_no_extra_is_forgotten() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(_checks.EXTRAS) == set(extras) - {"full"}
    assert {name: len(modules) for name, modules in _checks.EXTRAS.items()} == {
        name: len(extras[name]) for name in _checks.EXTRAS
    }


def test_missing_encoders_warn(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    def codec(name: str, mode: str) -> None:
        raise av.codec.codec.UnknownCodecError(name)

    monkeypatch.setattr("av.Codec", codec)
    _, checks = _states(mien)
    assert checks["encoder libx264"]["state"] == "warn"


def test_cameras_are_listed(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_checks, "cameras", lambda: [(2, "Desk")])
    _, checks = _states(mien)
    assert checks["camera 2"]["detail"] == "Desk"
