"""Runs over several sources: what is written, kept, skipped and said."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mien import batch
from mien.batch import Job, Outcome, Outputs, Span, Watcher, expand
from mien.errors import SinkError, UnknownName, UsageError
from mien.labels import FER8
from mien.pipeline import Analyzer
from mien.testing import FakeClassifier, FakeDetector, ScriptedSource, blank_frame
from mien.types import Box, Detection, SourceInfo


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


class Notes(Watcher):
    def __init__(self) -> None:
        self.said: list[Any] = []

    def started(self, job: Job) -> None:
        self.said.append(("started", job.name))

    def opened(self, info: SourceInfo) -> None:
        self.said.append(("opened", info.kind))

    def advanced(self, frames: int, seconds: float) -> None:
        self.said.append(("advanced", frames))

    def ended(self, outcome: Outcome) -> None:
        self.said.append(("ended", outcome.record.state, outcome.skipped))


def test_one_table_per_source_with_a_record_beside_it(
    analyzer: Analyzer, pictures: Path, make_video: Callable[..., Path], out: Path
) -> None:
    jobs = expand([str(pictures), str(make_video("drift.mp4", frames=5))])
    summary = batch.run(
        jobs, analyzer, Outputs(folder=out, formats=("csv", "jsonl")), command=["mien", "run"]
    )
    assert summary.exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        *("pictures.csv", "pictures.jsonl", "pictures.run.json"),
        *("drift.csv", "drift.jsonl", "drift.run.json"),
    }
    assert len(_rows(out / "drift.csv")) == 5
    record = json.loads((out / "drift.run.json").read_text("utf-8"))
    assert record["state"] == "done"
    assert record["command"] == ["mien", "run"]
    assert record["outputs"] == {"csv": "drift.csv", "jsonl": "drift.jsonl"}
    assert record["sources"][0]["people"] == {"1": {"happy": 1.0}}
    assert record["versions"]["mien"]


def test_one_table_for_all(
    analyzer: Analyzer, pictures: Path, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    target = tmp_path / "all.csv"
    jobs = expand([str(pictures), str(make_video("drift.mp4", frames=3))])
    batch.run(jobs, analyzer, Outputs({"csv": str(target)}))
    assert [Path(row["source"]).name for row in _rows(target)] == ["a.png", "b.png"] + ["drift.mp4"] * 3
    record = json.loads((tmp_path / "all.csv.run.json").read_text("utf-8"))
    assert [source["name"] for source in record["sources"]] == ["pictures", "drift"]


def test_what_is_done_is_skipped_until_something_changes(
    analyzer: Analyzer, make_video: Callable[..., Path], out: Path
) -> None:
    video = make_video("drift.mp4", frames=4)
    jobs, outputs = expand([str(video)]), Outputs(folder=out)

    def skipped(outputs: Outputs = outputs, span: Span | None = None, force: bool = False) -> bool:
        return batch.run(jobs, analyzer, outputs, span, force=force).outcomes[0].skipped

    assert not skipped()
    assert skipped()
    assert not skipped(force=True)
    assert not skipped(span=Span(every=2))
    assert skipped(span=Span(every=2))
    (out / "drift.csv").unlink()
    assert not skipped(span=Span(every=2))
    make_video("drift.mp4", frames=6)
    assert not skipped(span=Span(every=2))
    (out / "drift.run.json").write_text("{damaged", "utf-8")
    assert not skipped(span=Span(every=2))


def test_a_file_for_all_needs_every_result_again(
    analyzer: Analyzer, make_video: Callable[..., Path], out: Path, tmp_path: Path
) -> None:
    jobs = expand([str(make_video("drift.mp4", frames=4))])
    batch.run(jobs, analyzer, Outputs(folder=out))
    both = Outputs({"csv": str(tmp_path / "all.csv")}, folder=out)
    assert not batch.run(jobs, analyzer, both).outcomes[0].skipped
    assert len(_rows(tmp_path / "all.csv")) == 4


def test_a_failure_leaves_nothing_and_stops_nobody(
    analyzer: Analyzer, make_video: Callable[..., Path], out: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.mp4").write_text("no video at all", "utf-8")
    jobs = expand(
        [str(tmp_path / "broken.mp4"), str(make_video("drift.mp4", frames=3)), str(tmp_path / "gone.jpg")]
    )
    summary = batch.run(jobs, analyzer, Outputs(folder=out))
    assert [outcome.record.state for outcome in summary.outcomes] == ["failed", "done", "failed"]
    assert summary.exit_code == 1
    assert [outcome.job.name for outcome in summary.troubles] == ["broken", "gone"]
    assert all(outcome.record.reason for outcome in summary.troubles)
    assert {path.name for path in out.iterdir()} == {"drift.csv", "drift.run.json"}


def test_a_file_for_all_without_any_result_is_not_left(analyzer: Analyzer, tmp_path: Path) -> None:
    target = tmp_path / "all.csv"
    summary = batch.run(expand([str(tmp_path / "gone.mp4")]), analyzer, Outputs({"csv": str(target)}))
    assert summary.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_breaks_off_keeps_what_came_before(
    analyzer: Analyzer, truncated_video: Path, out: Path
) -> None:
    jobs = expand([str(truncated_video)])
    summary = batch.run(jobs, analyzer, Outputs(folder=out))
    record = summary.outcomes[0].record
    assert record.state == "partial"
    assert 0 < record.frames < 60
    assert len(_rows(out / "cut.csv")) == record.frames
    assert json.loads((out / "cut.run.json").read_text("utf-8"))["state"] == "partial"
    assert summary.exit_code == 1
    assert not batch.run(jobs, analyzer, Outputs(folder=out)).outcomes[0].skipped


def test_pictures_that_cannot_be_read_are_listed(analyzer: Analyzer, pictures: Path, out: Path) -> None:
    (pictures / "c.jpg").write_text("words", "utf-8")
    record = batch.run(expand([str(pictures)]), analyzer, Outputs(folder=out)).outcomes[0].record
    assert record.state == "partial"
    assert record.frames == 2
    assert [Path(name).name for name, _ in record.failures] == ["c.jpg"]


def test_a_folder_where_no_picture_can_be_read_failed(analyzer: Analyzer, tmp_path: Path, out: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "c.jpg").write_text("words", "utf-8")
    record = batch.run(expand([str(tmp_path / "bad")]), analyzer, Outputs(folder=out)).outcomes[0].record
    assert record.state == "failed"
    assert list(out.iterdir()) == []


def test_the_watcher_hears_it_all(analyzer: Analyzer, pictures: Path, out: Path) -> None:
    notes = Notes()
    batch.run(expand([str(pictures)]), analyzer, Outputs(folder=out), watcher=notes)
    batch.run(expand([str(pictures)]), analyzer, Outputs(folder=out), watcher=notes)
    assert notes.said == [
        ("started", "pictures"),
        ("opened", "pictures"),
        ("advanced", 1),
        ("advanced", 2),
        ("ended", "done", False),
        ("started", "pictures"),
        ("ended", "done", True),
    ]


def test_ctrl_c_keeps_what_is_there_and_ends_the_batch(
    analyzer: Analyzer, make_video: Callable[..., Path], out: Path
) -> None:
    class Impatient(Watcher):
        def advanced(self, frames: int, seconds: float) -> None:
            if frames == 2:
                raise KeyboardInterrupt

    jobs = expand([str(make_video("a.mp4", frames=6)), str(make_video("b.mp4", frames=6))])
    summary = batch.run(jobs, analyzer, Outputs(folder=out), watcher=Impatient())
    assert [outcome.record.state for outcome in summary.outcomes] == ["partial"]
    assert summary.stopped
    assert len(_rows(out / "a.csv")) == 2
    assert not (out / "b.csv").exists()


def test_ctrl_c_is_how_a_live_source_ends(
    analyzer: Analyzer, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Visitor(Watcher):
        def advanced(self, frames: int, seconds: float) -> None:
            if frames == 2:
                raise KeyboardInterrupt

    camera = ScriptedSource([blank_frame().image] * 9, kind="live")
    monkeypatch.setattr("mien.batch.runner.open_source", lambda target: camera)
    summary = batch.run(expand([0]), analyzer, Outputs(folder=out), watcher=Visitor())
    assert summary.exit_code == 0
    assert summary.outcomes[0].record.state == "done"
    assert len(_rows(out / "camera-0.csv")) == 2
    assert camera.closed


def test_what_is_wrong_with_every_job_is_raised(analyzer: Analyzer, pictures: Path, out: Path) -> None:
    with pytest.raises(UsageError, match="every=0"):
        batch.run(expand([str(pictures)]), analyzer, Outputs(folder=out), Span(every=0))
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("outputs", [Outputs({"csv": "no/such/a.csv"}), Outputs(folder=Path("no/such/out"))])
def test_a_missing_folder_is_said(analyzer: Analyzer, pictures: Path, outputs: Outputs) -> None:
    with pytest.raises(SinkError, match="no"):
        batch.run(expand([str(pictures)]), analyzer, outputs)


def test_the_report_states_how_it_was_made_and_what_went_wrong(
    analyzer: Analyzer, truncated_video: Path, tmp_path: Path
) -> None:
    target = tmp_path / "report.html"
    batch.run(expand([str(truncated_video)]), analyzer, Outputs({"report": str(target)}))
    page = target.read_text("utf-8")
    assert "onnxruntime" in page
    assert "cut.mp4: " in page


def test_measures_become_columns_and_are_skipped_like_all_else(pictures: Path, out: Path) -> None:
    with Analyzer(FakeDetector(), FakeClassifier(["happy"]), measures="pose") as analyzer:
        outputs = Outputs(folder=out)
        first = batch.run(expand([str(pictures)]), analyzer, outputs)
        again = batch.run(expand([str(pictures)]), analyzer, outputs)
    assert list(_rows(out / "pictures.csv")[0])[-3:] == ["roll", "yaw", "pitch"]
    assert [summary.outcomes[0].skipped for summary in (first, again)] == [False, True]


def test_faces_too_poor_to_read_are_told(pictures: Path, out: Path) -> None:
    with Analyzer(FakeDetector(), FakeClassifier(["happy"]), min_quality=0.9) as analyzer:
        summary = batch.run(expand([str(pictures)]), analyzer, Outputs(folder=out, formats=("csv", "report")))
    assert summary.outcomes[0].record.unread == 1.0
    assert {row["label"] for row in _rows(out / "pictures.csv")} == {""}
    report = (out / "pictures.html").read_text("utf-8")
    assert "Faces too poor to read" in report
    assert "not read" in report


def test_a_video_of_poor_faces_says_so(make_video: Callable[..., Path], out: Path) -> None:
    tiny = Detection(Box(0, 0, 6, 6), 0.9)
    with Analyzer(FakeDetector([[tiny]]), FakeClassifier(["happy"]), min_quality=0.5) as analyzer:
        outputs = Outputs(folder=out, formats=("report",))
        batch.run(expand([str(make_video("poor.mp4", frames=3))]), analyzer, outputs)
    assert "No face was good enough to be read." in (out / "poor.html").read_text("utf-8")


def test_options_of_sources_reach_those_that_know_them(
    analyzer: Analyzer, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def open_source(target: object, **options: object) -> ScriptedSource:
        opened.append((target, options))
        return ScriptedSource([blank_frame().image])

    monkeypatch.setattr("mien.batch.runner.open_source", open_source)
    given = {"width": 1280, "height": 720}
    batch.run(expand([0, str(pictures)]), analyzer, source_options=given)
    assert opened == [(0, given), (str(pictures), {})]
    with pytest.raises(UnknownName, match="option of these sources 'width'"):
        batch.run(expand([str(pictures)]), analyzer, source_options=given)


def test_what_is_wrong_with_a_later_job_loses_nothing(
    analyzer: Analyzer, pictures: Path, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    target = tmp_path / "all.csv"
    jobs = expand([str(make_video("drift.mp4", frames=5)), str(pictures)])
    summary = batch.run(jobs, analyzer, Outputs({"csv": str(target)}), Span(start=0.1))
    assert [outcome.record.state for outcome in summary.outcomes] == ["done", "failed"]
    assert "leaves no picture" in (summary.outcomes[1].record.reason or "")
    assert _rows(target)


def test_a_file_that_is_gone_before_its_turn_stops_nobody(
    analyzer: Analyzer, make_video: Callable[..., Path], out: Path
) -> None:
    jobs = expand([str(make_video(name, frames=3)) for name in ("a.mp4", "b.mp4", "c.mp4")])
    assert jobs[1].path is not None
    jobs[1].path.unlink()
    summary = batch.run(jobs, analyzer, Outputs(folder=out))
    assert [outcome.record.state for outcome in summary.outcomes] == ["done", "failed", "done"]


def test_what_comes_while_a_folder_is_read_is_not_done(analyzer: Analyzer, pictures: Path, out: Path) -> None:
    class Late(Watcher):
        def opened(self, info: SourceInfo) -> None:
            (pictures / "c.png").write_bytes((pictures / "a.png").read_bytes())

    jobs = expand([str(pictures)])
    batch.run(jobs, analyzer, Outputs(folder=out), watcher=Late())
    (outcome,) = batch.run(jobs, analyzer, Outputs(folder=out)).outcomes
    assert not outcome.skipped


def test_results_of_another_source_are_not_replaced(
    analyzer: Analyzer, make_video: Callable[..., Path], tmp_path: Path, out: Path
) -> None:
    first = make_video("clip.mp4", frames=3)
    (tmp_path / "other").mkdir()
    second = tmp_path / "other" / "clip.mp4"
    second.write_bytes(make_video("longer.mp4", frames=5).read_bytes())
    batch.run(expand([str(first)]), analyzer, Outputs(folder=out))
    with pytest.raises(UsageError, match="holds results called 'clip'"):
        batch.run(expand([str(second)]), analyzer, Outputs(folder=out))
    assert len(_rows(out / "clip.csv")) == 3
    batch.run(expand([str(second)]), analyzer, Outputs(folder=out), force=True)
    assert len(_rows(out / "clip.csv")) == 5


def test_expressions_beyond_the_seven_have_columns(pictures: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.csv"
    with Analyzer(FakeDetector(), FakeClassifier(["contempt"], labels=FER8)) as analyzer:
        batch.run(expand([str(pictures)]), analyzer, Outputs({"csv": str(target)}))
    row = _rows(target)[0]
    assert row["label"] == "contempt"
    assert sum(float(row[label]) for label in FER8) == pytest.approx(1, abs=1e-3)
