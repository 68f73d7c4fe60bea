import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from mien.batch import expand, provenance
from mien.batch.provenance import Record, SourceRecord
from mien.errors import SinkError
from mien.pipeline import Analyzer
from mien.testing import FakeLandmarker

SOURCE = SourceRecord("a", "a.mp4", "done", people={"1": {"happy": 0.75, "sad": 0.25}}, frames=4)


def _record(*sources: SourceRecord) -> Record:
    return Record({"every": 1}, {"detector": {"name": "haar"}}, {"csv": "a.csv"}, sources)


@pytest.mark.parametrize("target", ["a.mp4", "caf\udce9.mp4"])  # the second: bytes that are no UTF-8
def test_a_record_is_read_as_it_was_written(tmp_path: Path, target: str) -> None:
    path = tmp_path / "a.run.json"
    source = replace(SOURCE, target=target)
    _record(source).write(path)
    found = provenance.read(path)
    assert found is not None
    assert found.sources == (source,)
    assert found.options == {"every": 1}
    assert json.loads(path.read_text("utf-8"))["state"] == "done"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"state": 1, "sources": [{}]}', '{"state": 1, "sources": 3}']
)
def test_what_is_no_record_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.run.json"
    assert provenance.read(path) is None
    path.write_text(text, "utf-8")
    assert provenance.read(path) is None


def test_the_state_is_the_worst() -> None:
    partial, failed = replace(SOURCE, state="partial"), replace(SOURCE, state="failed")
    assert _record(SOURCE).state == "done"
    assert _record(SOURCE, partial).state == "partial"
    assert _record(failed, partial, SOURCE).state == "failed"


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"one")
    job = expand([str(path)])[0]
    record = provenance.failed_record(job, provenance.identity(job), "broken")
    assert provenance.unchanged(record, job)
    path.write_bytes(b"three")
    assert not provenance.unchanged(record, job)


def test_a_live_source_is_never_unchanged() -> None:
    job = expand([0])[0]
    assert not provenance.unchanged(provenance.failed_record(job, provenance.identity(job), "gone"), job)


def test_models_state_file_and_sha256(analyzer: Analyzer, tmp_path: Path) -> None:
    weights = tmp_path / "net.onnx"
    weights.write_bytes(b"weights")
    analyzer.detector.weights = weights  # type: ignore[attr-defined]
    models = provenance.models(analyzer)
    assert models["detector"]["file"] == "net.onnx"
    assert models["detector"]["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert models["classifier"] == {"name": "FakeClassifier"}


def test_the_landmarker_is_stated_where_there_is_one(analyzer: Analyzer, tmp_path: Path) -> None:
    weights = tmp_path / "points.onnx"
    weights.write_bytes(b"points")
    assert list(provenance.models(analyzer)) == ["detector", "classifier"]
    analyzer.landmarker = FakeLandmarker()
    analyzer.options = replace(analyzer.options, landmarker=str(weights))
    assert provenance.models(analyzer)["landmarker"] == {
        "name": str(weights),
        "file": "points.onnx",
        "sha256": hashlib.sha256(b"points").hexdigest(),
    }


def test_a_classifier_by_path_is_found(analyzer: Analyzer, tmp_path: Path) -> None:
    weights = tmp_path / "own.onnx"
    weights.write_bytes(b"weights")
    analyzer.options = replace(analyzer.options, classifier=f"{weights}:threads=2")
    assert provenance.models(analyzer)["classifier"]["file"] == "own.onnx"


def test_versions_name_what_matters() -> None:
    assert {"python", "mien", *provenance.PACKAGES} == set(provenance.versions())


def test_a_record_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="no folder"):
        _record(SOURCE).write(tmp_path / "none" / "a.run.json")


def test_passwords_stay_out_of_records() -> None:
    url = "rtsp://me:secret@host/door"
    record = provenance.failed_record(job := expand([url])[0], provenance.identity(job), "gone")
    assert "secret" not in str(record.target)
    assert "host/door" in str(record.target)
    command = provenance.new({}, {}, {}, (record,), ("mien", "run", url, "--csv", "a.csv")).command
    assert "secret" not in " ".join(command)
    assert command[3:] == ("--csv", "a.csv")


def test_a_glob_is_told_by_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"one")
    (job,) = expand([str(tmp_path / "*.png")])
    record = provenance.failed_record(job, provenance.identity(job), "broken")
    assert provenance.unchanged(record, job)
    (tmp_path / "b.png").write_bytes(b"two")
    assert not provenance.unchanged(record, job)


def test_a_file_that_is_gone_has_no_identity(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.touch()
    (job,) = expand([str(path)])
    path.unlink()
    assert provenance.identity(job) == (None, None)


def test_another_card_makes_another_model(analyzer: Analyzer, tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(b"weights")
    analyzer.options = replace(analyzer.options, classifier=str(path))
    found = []
    for card in ("one", "two"):
        path.with_suffix(".json").write_text(card, "utf-8")
        found.append(provenance.models(analyzer)["classifier"])
    assert found[0] != found[1]
