"""Structure only: figures are for people, on a quiet machine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

import made_detectors
from mien.evaluation import soak
from mien.labels import FER7

Mien = Callable[..., Result]


def test_the_pipeline_by_stage(mien: Mien) -> None:
    found = mien("benchmark", "--json", "--frames", 3, "--size", "160x120")
    assert found.exit_code == 0, found.output
    values = json.loads(found.stdout)
    assert (values["width"], values["height"], values["frames"]) == (160, 120, 3)
    assert values["machine"]["cores"] >= 1
    assert {"detect", "track", "classify", "smooth", "total"} <= set(values["stages_ms"])


def test_stages_that_are_on_get_a_line(mien: Mien) -> None:
    flags = ("--measures", "quality", "--aligner", "eyes")
    found = mien("benchmark", "--json", "--frames", 3, "--size", "160x120", *flags)
    values = json.loads(found.stdout)
    assert "measure" in values["stages_ms"]
    assert "landmarks" not in values["stages_ms"]
    assert (values["options"]["measures"], values["options"]["aligner"]) == (["quality"], "eyes")


def test_a_table_for_people(mien: Mien) -> None:
    found = mien("benchmark", "pipeline", "--frames", 2, "--size", "160x120")
    assert found.exit_code == 0
    assert "stages_ms.detect" in found.stdout
    assert "median" in found.stdout


def test_the_page(mien: Mien) -> None:
    found = mien("benchmark", "page", "--frames", 3, "--size", "160x120", "--json")
    assert found.exit_code == 0, found.output
    values = json.loads(found.stdout)
    assert set(values["round_trip_ms"]) == {"median", "p95"}
    assert values["jpeg_bytes"] > 0


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """A detector that reads expressions itself."""
    return made_detectors.anchors(tmp_path / "reader.onnx", labels=FER7)


@pytest.mark.parametrize("what", ["pipeline", "page"])
def test_a_detector_that_reads_needs_no_classifier(mien: Mien, reader: Path, what: str) -> None:
    flags = ("--frames", 3, "--size", "160x120", "--json")
    found = mien("benchmark", what, "--detector", reader, *flags)
    assert found.exit_code == 0, found.output
    values = json.loads(found.stdout)
    assert values["options"]["detector"] == str(reader)
    assert values["options"]["classifier"] == ""
    assert "classify" not in values.get("stages_ms", {})
    assert values.get("stages_ms", values).keys() & {"detect", "round_trip_ms"}


@pytest.mark.parametrize("grows", [True, False])
def test_the_soak_fails_when_memory_grows(mien: Mien, monkeypatch: pytest.MonkeyPatch, grows: bool) -> None:
    def run(options: object, minutes: float, watch: Callable[[float, float], None]) -> dict[str, Any]:
        watch(60.2, 123.4)
        watch(61.0, 125.0)
        return {"what": "soak", "minutes": minutes, "grows": grows}

    monkeypatch.setattr(soak, "run", run)
    found = mien("benchmark", "soak", "--minutes", 3)
    assert found.exit_code == int(grows)
    assert found.stderr == "1 of 3 minutes, 123.4 MiB\n"


def test_the_import(mien: Mien, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "mien.evaluation.benchmark.imports", lambda: {"import_s": {"median": 0.01, "p95": 0.02}}
    )
    assert "median 0.01   p95 0.02" in mien("benchmark", "import").stdout


@pytest.mark.parametrize(
    ("flags", "code", "word"),
    [
        (["--size", "big"], 2, "640x480"),
        (["--size", "9000x9000"], 2, "8192"),
        (["--size", "8x8"], 2, "32"),
        (["--input", "gone.mp4"], 1, "gone.mp4"),
        (["--frames", "0"], 2, "frames"),
        (["soaks"], 2, "soak"),
        (["soak", "--minutes", "0.5"], 2, "too short"),
    ],
)
def test_wrong_usage(mien: Mien, tmp_path: Path, flags: list[str], code: int, word: str) -> None:
    found = mien("benchmark", *flags)
    assert found.exit_code == code
    assert word in found.stderr
